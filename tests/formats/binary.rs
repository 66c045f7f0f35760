//! Binary blocks and states: layout, and every way in which they can be broken.

use crate::*;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use wavelock::Place;
use wavelock::ingest::{read_block, read_state, write_block_to, write_state_to};
use wavelock::limits::{MAX_ACCOUNTS, MAX_TRANSACTIONS};

const HEADER: usize = 64;
const RUN: usize = 16;

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes
}

fn head(magic: &[u8; 8]) -> Vec<u8> {
    [&magic[..], &[1, 0, 0, 0, 0, 0, 0, 0]].concat()
}

fn block_head() -> Vec<u8> {
    [head(b"WLKBLOCK"), 1u64.to_le_bytes().to_vec(), 7u64.to_le_bytes().to_vec(), vec![9; 32]].concat()
}

fn run(size: u32, count: u64, records: &[Transaction]) -> Vec<u8> {
    let records: Vec<u8> = records.iter().flat_map(|record| *record.as_bytes()).collect();
    [&size.to_le_bytes()[..], &[0; 4], &count.to_le_bytes(), &records].concat()
}

fn state_with(count: u64, accounts: &[(u8, u128, u64)]) -> Vec<u8> {
    let mut bytes = [head(b"WLKSTATE"), 7u64.to_le_bytes().to_vec(), count.to_le_bytes().to_vec()].concat();
    for (id, balance, nonce) in accounts {
        bytes.extend_from_slice(&[*id; 32]);
        bytes.extend_from_slice(&balance.to_le_bytes());
        bytes.extend_from_slice(&nonce.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
    }
    bytes
}

fn block_bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, Format::Binary, &block()).expect("memory takes it");
    bytes
}

fn state_bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    write_state_to(&mut bytes, Format::Binary, &state(7)).expect("memory takes it");
    bytes
}

/// Reads the bytes as a stream of unknown length and as a file of known length: either both succeed or both fail.
fn both_ways<T: Debug + PartialEq>(
    bytes: &[u8],
    stream: impl Fn(&[u8]) -> Result<T>,
    file: impl Fn(&Path) -> Result<T>,
) -> Result<T> {
    let path = tempfile::NamedTempFile::new().expect("a temporary file").into_temp_path();
    std::fs::write(&path, bytes).expect("the temporary file takes it");
    match (stream(bytes), file(&path)) {
        (Ok(streamed), Ok(read)) => {
            assert_eq!(streamed, read);
            Ok(streamed)
        }
        (Err(error), Err(of_file)) => {
            assert_eq!(input_error(Err::<T, _>(of_file)).file.as_deref(), Some(&*path));
            Err(error)
        }
        other => panic!("stream and file differ: {other:?}"),
    }
}

fn read_block_bytes(bytes: &[u8]) -> Result<Block> {
    let file = |path: &Path| read_block(path, SignatureField::Required);
    both_ways(bytes, |bytes| block_of(bytes, Format::Binary), file)
}

fn read_state_bytes(bytes: &[u8]) -> Result<State> {
    both_ways(bytes, |bytes| state_of(bytes, Format::Binary), |path: &Path| read_state(path))
}

#[test]
fn a_block_file_is_header_runs_and_hash() {
    let Block { transactions, .. } = block();
    let bytes = sealed([block_head(), run(192, 3, &transactions)].concat());
    assert_eq!(block_bytes(), bytes);
    assert_eq!(read_block_bytes(&bytes).expect("a block"), block());
}

#[test]
fn a_state_file_is_header_records_and_hash() {
    let accounts = [(1, u128::MAX - 5, 0), (0xbb, 5, u64::MAX), (3, 0, (1 << 53) + 1)];
    let bytes = sealed(state_with(3, &accounts));
    assert_eq!(state_bytes(), bytes);
    assert_eq!(read_state_bytes(&bytes).expect("a state"), state(7));
}

#[test]
fn runs_follow_each_other_in_order_and_may_be_empty() {
    let Block { transactions, .. } = block();
    let parts = [run(192, 0, &[]), run(192, 2, &transactions[..2]), run(192, 0, &[]), run(192, 1, &transactions[2..])];
    assert_eq!(read_block_bytes(&sealed([block_head(), parts.concat()].concat())).expect("a block"), block());
    for runs in [vec![], run(192, 0, &[])] {
        let empty = read_block_bytes(&sealed([block_head(), runs].concat())).expect("an empty block");
        assert_eq!(empty, Block { transactions: vec![], ..block() });
    }
    assert_eq!(read_state_bytes(&sealed(state_with(0, &[]))).expect("an empty state"), State::new(7));
}

#[test]
fn files_longer_than_a_buffer_come_back() {
    let transfer = Transfer { chain_id: 1, nonce: 0, amount: 12, fee: 1, from: id(0xaa), to: id(2) };
    let transactions = (0..5000).map(|nonce| Transaction::transfer(&Transfer { nonce, ..transfer }, [3; 64])).collect();
    let long = Block { transactions, ..block() };
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, Format::Binary, &long).expect("memory takes it");
    assert_eq!(read_block_bytes(&bytes).expect("a block"), long);

    let account = |k: u64| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&k.to_le_bytes());
        Account { id: AccountId(id), balance: k.into(), nonce: k }
    };
    let long = State::from_accounts(u64::MAX, (0..15_000).map(account)).expect("a state");
    let mut bytes = Vec::new();
    write_state_to(&mut bytes, Format::Binary, &long).expect("memory takes it");
    assert_eq!(read_state_bytes(&bytes).expect("a state"), long);
}

#[test]
fn a_file_cut_anywhere_is_an_error_within_it() {
    let (block, state) = (block_bytes(), state_bytes());
    let check = |error: InputError, cut: usize| match error.place {
        Place::Offset(offset) => assert!(offset <= cut as u64, "{error} in a file of {cut} bytes"),
        _ => panic!("{error} has no offset"),
    };
    (0..block.len()).for_each(|cut| check(input_error(read_block_bytes(&block[..cut])), cut));
    (0..state.len()).for_each(|cut| check(input_error(read_state_bytes(&state[..cut])), cut));
}

#[test]
fn a_flipped_bit_anywhere_is_an_error() {
    let (mut block, mut state) = (block_bytes(), state_bytes());
    for bit in 0..8 * block.len() {
        block[bit / 8] ^= 1 << (bit % 8);
        input_error(block_of(&block, Format::Binary));
        block[bit / 8] ^= 1 << (bit % 8);
    }
    for bit in 0..8 * state.len() {
        state[bit / 8] ^= 1 << (bit % 8);
        input_error(state_of(&state, Format::Binary));
        state[bit / 8] ^= 1 << (bit % 8);
    }
}

/// Breaks bytes of an otherwise sound file, hash included, and returns the error as `place` and message.
fn broken(sound: &[u8], offset: usize, bytes: &[u8]) -> (Place, String) {
    let mut body = sound[..sound.len() - 32].to_vec();
    body[offset..offset + bytes.len()].copy_from_slice(bytes);
    let error = match &sound[..8] {
        b"WLKBLOCK" => input_error(read_block_bytes(&sealed(body))),
        _ => input_error(read_state_bytes(&sealed(body))),
    };
    (error.place, error.message)
}

#[test]
fn broken_heads_are_named_where_they_are() {
    for sound in [block_bytes(), state_bytes()] {
        for (offset, bytes, place, message) in [
            (0, &b"\x1f\x8b"[..], 0, "expected \"WLK"),
            (8, &[2], 8, "found version 2: expected version 1"),
            (9, &[1], 8, "found version 257: expected version 1"),
            (11, &[1], 10, "expected 2 zero bytes"),
            (15, &[0x80], 12, "expected 4 zero bytes"),
        ] {
            let (found, text) = broken(&sound, offset, bytes);
            assert_eq!(found, Place::Offset(place), "{text}");
            assert!(text.contains(message), "{text}");
        }
    }
    assert_eq!(broken(&block_bytes(), HEADER + 4, &[1]).0, Place::Offset(HEADER as u64 + 4));
    let swapped = input_error(state_of(&block_bytes(), Format::Binary));
    assert!(swapped.message.contains("found \"WLKBLOCK\": expected \"WLKSTATE\""), "{swapped}");
}

#[test]
fn other_record_sizes_are_named_with_their_offset() {
    for size in [0, 191, 193, 64, u32::MAX] {
        let (place, message) = broken(&block_bytes(), HEADER, &size.to_le_bytes());
        assert_eq!(place, Place::Offset(HEADER as u64));
        assert!(message.starts_with(&format!("record size {size}: expected 192")), "{message}");
    }
    let Block { transactions, .. } = block();
    let bytes = sealed([block_head(), run(192, 3, &transactions), run(256, 0, &[])].concat());
    let second = HEADER + RUN + 3 * 192;
    assert_eq!(input_error(read_block_bytes(&bytes)).place, Place::Offset(second as u64));
}

#[test]
fn counts_that_do_not_fit_are_errors() {
    let cases = [(block_bytes(), HEADER + 8, MAX_TRANSACTIONS as u64), (state_bytes(), 24, MAX_ACCOUNTS as u64)];
    for (sound, offset, limit) in cases {
        for count in [u64::MAX, limit + 1, 1 << 58, u64::from(u32::MAX) + 4] {
            let (place, message) = broken(&sound, offset, &count.to_le_bytes());
            assert_eq!(place, Place::Offset(offset as u64));
            assert!(message.contains(&format!("expected at most {limit}")), "{message}");
        }
        for count in [0u64, 1, 2, 4, 5, limit] {
            broken(&sound, offset, &count.to_le_bytes());
        }
    }
}

#[test]
fn a_file_says_at_its_count_that_records_are_missing() {
    let body = sealed(state_with(3, &[(1, 0, 0), (2, 0, 0)]));
    let path = tempfile::NamedTempFile::new().expect("a temporary file").into_temp_path();
    std::fs::write(&path, &body).expect("the temporary file takes it");
    let error = input_error(read_state(&path));
    assert_eq!(error.place, Place::Offset(24));
    assert!(error.message.starts_with("count 3: expected at most 2, as many records of 64 bytes"), "{error}");
    let streamed = input_error(state_of(&body, Format::Binary));
    assert_eq!(streamed.place, Place::Offset(body.len() as u64));
    assert!(streamed.message.contains("the file ends here: expected an account"), "{streamed}");
}

#[test]
fn counts_of_all_runs_together_keep_the_limit() {
    let Block { transactions, .. } = block();
    let bytes = [block_head(), run(192, 3, &transactions), run(192, MAX_TRANSACTIONS as u64 - 2, &[])].concat();
    let error = input_error(read_block_bytes(&sealed(bytes)));
    assert!(error.message.contains(&format!("expected at most {}", MAX_TRANSACTIONS - 3)), "{error}");
}

#[test]
fn bytes_after_the_hash_are_errors() {
    for extra in [1, 31, 32, 33, 64] {
        input_error(read_block_bytes(&[block_bytes(), vec![0; extra]].concat()));
        let state = state_bytes();
        let error = input_error(read_state_bytes(&[state.clone(), vec![0; extra]].concat()));
        assert_eq!(error.place, Place::Offset(state.len() as u64), "{error}");
        assert!(error.message.contains("expected its end"), "{error}");
    }
}

#[test]
fn a_wrong_hash_is_named_with_both() {
    let mut bytes = state_bytes();
    let stored = bytes.len() - 32;
    let right = hex::encode(&bytes[stored..]);
    bytes[stored..].fill(0xee);
    let error = input_error(read_state_bytes(&bytes));
    assert_eq!(error.place, Place::Offset(stored as u64));
    assert!(error.message.contains(&"ee".repeat(32)) && error.message.contains(&right), "{error}");
}

#[test]
fn accounts_that_make_no_state_are_named_with_their_record() {
    for (accounts, message) in [
        ([(1, 0, 0), (2, 0, 0), (1, 0, 0)], "occurs twice: expected each account once"),
        ([(1, u128::MAX, 0), (2, 0, 0), (3, 1, 0)], "the sum of all balances"),
    ] {
        let error = input_error(read_state_bytes(&sealed(state_with(3, &accounts))));
        assert_eq!(error.place, Place::Offset(32 + 2 * 64));
        assert!(error.message.contains(message), "{error}");
    }
    let (place, message) = broken(&state_bytes(), 32 + 64 + 63, &[1]);
    assert_eq!(place, Place::Offset(32 + 64));
    assert!(message.contains("reserved"), "{message}");
}

/// Gives one byte at a time and is interrupted before each, then fails.
struct Trickle<'b>(&'b [u8], bool, Option<ErrorKind>);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        match (self.1, self.0.split_first(), self.2) {
            (true, ..) => Err(ErrorKind::Interrupted.into()),
            (false, Some((byte, rest)), _) => {
                buffer[0] = *byte;
                self.0 = rest;
                Ok(1)
            }
            (false, None, Some(kind)) => Err(kind.into()),
            (false, None, None) => Ok(0),
        }
    }
}

#[test]
fn slow_and_failing_sources_are_not_bad_input() {
    let bytes = block_bytes();
    let read = |source| read_block_from(source, NAME, Format::Binary, SignatureField::Required);
    assert_eq!(read(Trickle(&bytes, false, None)).expect("a block"), block());
    for cut in [0, 5, HEADER, HEADER + RUN + 7, bytes.len()] {
        match read(Trickle(&bytes[..cut], false, Some(ErrorKind::TimedOut))) {
            Err(Error::Io { path, source }) => {
                assert_eq!((path.to_str(), source.kind()), (Some(NAME), ErrorKind::TimedOut));
            }
            other => panic!("expected an I/O error, got {other:?}"),
        }
    }
}
