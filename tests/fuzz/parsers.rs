//! Parsers of blocks, states, proofs and recorded blocks: an error names a place within the input; what is accepted is
//! written and read again without a difference.

use super::structured::assert_same_schedule;
use std::cell::RefCell;
use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;
use wavelock::ingest::{
    Format, SignatureField, read_block, read_block_from, read_state, read_state_from, write_block_to, write_state_to,
};
use wavelock::replay::ethereum::{self, EthereumBlock};
use wavelock::replay::solana::{ReplayEngines, SolanaBlock, replay};
use wavelock::{Account, AccountId, Block, Engine, Error, InputError, Place, Proof, State, Validator, serial};

/// What errors call the input.
pub const NAME: &str = "input";

/// Fails where an error has no place in `input` or does not say what was expected. Packed text can have more lines than
/// bytes.
pub fn assert_names_a_place(error: &InputError, input: &[u8], packed: bool) {
    let lines = input.split(|byte| *byte == b'\n').count() as u64;
    let within = match error.place {
        Place::Line(line) => line >= 1 && (packed || line <= lines + 1),
        Place::Offset(offset) => offset <= input.len() as u64,
        _ => false,
    };
    assert!(within, "not a place in {} bytes: {error:?}", input.len());
    assert!(error.message.contains("expected"), "not what was expected: {error:?}");
}

/// The value that was read; an error is looked at.
pub fn accepted<T>(read: Result<T, Error>, input: &[u8], packed: bool) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(Error::Input(error)) => {
            assert_eq!(error.file.as_deref(), Some(Path::new(NAME)), "{error:?}");
            assert_names_a_place(&error, input, packed);
            None
        }
        Err(error) => panic!("bytes in memory cannot fail like this: {error:?}"),
    }
}

fn block(bytes: &[u8], format: Format, signatures: SignatureField) -> Result<Block, Error> {
    read_block_from(bytes, NAME, format, signatures)
}

fn state(bytes: &[u8], format: Format) -> Result<State, Error> {
    read_state_from(bytes, NAME, format)
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory takes it");
    bytes
}

/// Reads the bytes from a file, whose length is known beforehand, so that counts are trusted: the result is a stream's.
fn assert_same_from_file<T: PartialEq + Debug>(
    bytes: &[u8],
    streamed: Option<&T>,
    read: impl FnOnce(&Path) -> Result<T, Error>,
) {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a small file");
    match read(file.path()) {
        Ok(value) => assert!(streamed == Some(&value), "the file is accepted as {value:?}, the stream is not"),
        Err(Error::Input(error)) => {
            assert!(streamed.is_none(), "the stream is accepted, the file is not: {error}");
            assert_names_a_place(&error, bytes, false);
        }
        Err(error) => panic!("{error}"),
    }
}

fn assert_block_survives(block_read: &Block) {
    for format in [Format::Binary, Format::JsonLines, Format::JsonLinesGzip] {
        let bytes = written(|output| write_block_to(output, format, block_read));
        let again = block(&bytes, format, SignatureField::Required).expect("what was written can be read");
        assert!(again == *block_read, "another block after {format:?}");
    }
}

fn assert_state_survives(state_read: &State) {
    for format in [Format::Binary, Format::JsonLines, Format::JsonLinesGzip] {
        let bytes = written(|output| write_state_to(output, format, state_read));
        let again = state(&bytes, format).expect("what was written can be read");
        // Text leaves the height out.
        let same =
            if format == Format::Binary { again == *state_read } else { again.accounts().eq(state_read.accounts()) };
        assert!(same, "another state after {format:?}");
    }
}

pub fn block_binary(bytes: &[u8]) -> bool {
    let found = accepted(block(bytes, Format::Binary, SignatureField::Required), bytes, false);
    assert_same_from_file(bytes, found.as_ref(), |path| read_block(path, SignatureField::Required));
    let Some(found) = found else { return false };
    assert_block_survives(&found);
    let canonical = written(|output| write_block_to(output, Format::Binary, &found));
    // A file may hold several runs of records, also empty ones; each has a head of 16 bytes. One is what we write.
    let more = bytes.len().checked_sub(canonical.len()).expect("ours is the shortest form");
    assert!(more % 16 == 0 && (more > 0 || canonical == bytes), "the block is written as other bytes");
    true
}

pub fn state_binary(bytes: &[u8]) -> bool {
    let found = accepted(state(bytes, Format::Binary), bytes, false);
    assert_same_from_file(bytes, found.as_ref(), |path| read_state(path));
    let Some(found) = found else { return false };
    assert_state_survives(&found);
    assert!(written(|output| write_state_to(output, Format::Binary, &found)) == bytes, "written as other bytes");
    true
}

fn block_text(bytes: &[u8], format: Format) -> bool {
    let packed = format == Format::JsonLinesGzip;
    let required = block(bytes, format, SignatureField::Required);
    let lacks_signature =
        matches!(&required, Err(Error::Input(error)) if error.message.starts_with("there is no \"signature\""));
    let found = accepted(required, bytes, packed);
    let optional = accepted(block(bytes, format, SignatureField::Optional), bytes, packed);
    match (&found, &optional) {
        (Some(_), _) => assert_eq!(optional, found, "with signatures optional"),
        (None, Some(_)) => assert!(lacks_signature, "rejected for more than a signature that is not there"),
        (None, None) => {}
    }
    optional.inspect(assert_block_survives).is_some()
}

pub fn block_jsonl(bytes: &[u8]) -> bool {
    block_text(bytes, Format::JsonLines)
}

pub fn block_jsonl_gz(bytes: &[u8]) -> bool {
    block_text(bytes, Format::JsonLinesGzip)
}

fn state_text(bytes: &[u8], format: Format) -> bool {
    let Some(found) = accepted(state(bytes, format), bytes, format == Format::JsonLinesGzip) else { return false };
    assert_eq!(found.height(), 0);
    assert_state_survives(&found);
    true
}

pub fn state_jsonl(bytes: &[u8]) -> bool {
    state_text(bytes, Format::JsonLines)
}

pub fn state_jsonl_gz(bytes: &[u8]) -> bool {
    state_text(bytes, Format::JsonLinesGzip)
}

/// The state whose proofs are the seeds of [`proof`].
pub fn proven_state() -> State {
    let account = |number: u8| Account { id: AccountId([number; 32]), balance: u128::from(number) << 70, nonce: 7 };
    State::from_accounts(3, (1..=5).map(account)).expect("distinct accounts")
}

pub fn proof(bytes: &[u8]) -> bool {
    thread_local! {
        static STATE: State = proven_state();
    }
    let proof = match Proof::decode(bytes) {
        Ok(proof) => proof,
        Err(error) => {
            assert_names_a_place(&error, bytes, false);
            return false;
        }
    };
    assert!(proof.encode() == bytes, "encoded as other bytes");
    assert!(proof.verify(&proof.root()));
    let other = Account { nonce: proof.account().nonce ^ 1, ..proof.account() };
    let other = Proof::new(proof.slot(), proof.count(), other, proof.siblings()).expect("the same shape");
    assert!(other.root() != proof.root(), "two accounts under one root");
    STATE.with(|state| {
        if proof.verify(&state.root()) {
            assert_eq!((proof.count() as usize, proof.account()), (state.len(), state.account(proof.slot())));
        }
    });
    true
}

/// A recorded block is read and replayed, its legs and its waves by the serial engine and by `parallel`.
pub fn solana(bytes: &[u8]) -> bool {
    thread_local! {
        static PARALLEL: RefCell<Validator> =
            RefCell::new(Validator::builder().engine(Engine::Parallel).build().expect("needs no device"));
    }
    let Some(block) = recorded(bytes, SolanaBlock::from_json(bytes)) else { return false };
    let engines = ReplayEngines {
        execute: &|batch, verdicts| {
            let expected = serial::legs::execute_legs(batch, verdicts);
            let (found, _) = PARALLEL.with_borrow_mut(|parallel| parallel.execute_legs(batch, verdicts))?;
            assert!(found == expected, "parallel executes these legs differently");
            Ok(expected)
        },
        schedule: &|sets| Ok(assert_same_schedule(sets)),
        ..ReplayEngines::default()
    };
    match replay(&block, &engines) {
        Ok(report) => assert_eq!(report.transactions, block.transactions().len()),
        Err(Error::Input(error)) => assert!(!error.message.is_empty()),
        Err(error) => panic!("a replay cannot fail like this: {error:?}"),
    }
    true
}

/// A recorded block is read, and its waves are the same by the serial engine and by `parallel`.
pub fn ethereum(bytes: &[u8]) -> bool {
    let Some(block) = recorded(bytes, EthereumBlock::from_json(bytes)) else { return false };
    match ethereum::replay(&block, &|sets| Ok(assert_same_schedule(sets))) {
        Ok(report) => assert_eq!(report.transactions, block.transactions.len()),
        Err(Error::Input(error)) => assert!(!error.message.is_empty()),
        Err(error) => panic!("a replay cannot fail like this: {error:?}"),
    }
    true
}

/// A block, or nothing after an error that says where.
fn recorded<T>(bytes: &[u8], read: Result<T, InputError>) -> Option<T> {
    read.inspect_err(|error| {
        let within = match error.place {
            Place::Whole | Place::Transaction(_) => true,
            Place::Offset(offset) => offset <= bytes.len() as u64,
            _ => false,
        };
        assert!(within && !error.message.is_empty(), "not a place: {error:?}");
    })
    .ok()
}
