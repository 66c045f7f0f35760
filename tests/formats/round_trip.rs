//! Any block, state and receipts come back as they were, in every format; no bytes make a reader panic.

use crate::*;
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use wavelock::Status;
use wavelock::ingest::{
    read_access_lists_from, read_receipts_from, read_signatures_from, write_block_to, write_receipts_to, write_state_to,
};

const FORMATS: [Format; 3] = [Format::Binary, Format::JsonLines, Format::JsonLinesGzip];

fn transaction() -> impl Strategy<Value = Transaction> {
    let field = any::<([u8; 32], [u8; 32], [u8; 32])>();
    let transfer =
        (any::<(u64, u64, u128, u128)>(), field).prop_map(|((chain_id, nonce, amount, fee), (from, to, half))| {
            let mut signature = [0; 64];
            signature[16..48].copy_from_slice(&half);
            let transfer = Transfer { chain_id, nonce, amount, fee, from: AccountId(from), to: AccountId(to) };
            Transaction::transfer(&transfer, signature)
        });
    let raw = vec(any::<u8>(), 192).prop_map(|bytes| Transaction::from_bytes(bytes.try_into().expect("192 bytes")));
    // A record with its first bytes right and one of the next wrong is nearly well-formed.
    let nearly = (transfer.clone(), 8usize..16, any::<u8>()).prop_map(|(transfer, position, byte)| {
        let mut bytes = *transfer.as_bytes();
        bytes[position] = byte;
        Transaction::from_bytes(bytes)
    });
    prop_oneof![4 => transfer, 1 => raw, 1 => nearly]
}

fn any_block() -> impl Strategy<Value = Block> {
    (any::<(u64, u64, [u8; 32])>(), vec(transaction(), 0..40)).prop_map(|((chain_id, height, id), transactions)| {
        Block { header: BlockHeader { chain_id, height, fee_recipient: AccountId(id) }, transactions }
    })
}

fn any_state() -> impl Strategy<Value = State> {
    let accounts = hash_map(any::<[u8; 32]>(), (any::<u128>().prop_map(|balance| balance >> 6), any::<u64>()), 0..60);
    (any::<u64>(), accounts).prop_map(|(height, accounts)| {
        let account = |(id, (balance, nonce))| Account { id: AccountId(id), balance, nonce };
        State::from_accounts(height, accounts.into_iter().map(account)).expect("less than 64 parts of 2^128 / 64")
    })
}

proptest! {
    #[test]
    fn blocks_come_back(block in any_block()) {
        for format in FORMATS {
            let mut bytes = Vec::new();
            write_block_to(&mut bytes, format, &block).expect("memory takes it");
            prop_assert_eq!(&block_of(&bytes, format).expect("a block"), &block);
        }
    }

    #[test]
    fn states_come_back(state in any_state()) {
        for format in FORMATS {
            let mut bytes = Vec::new();
            write_state_to(&mut bytes, format, &state).expect("memory takes it");
            let read = state_of(&bytes, format).expect("a state");
            let height = if format == Format::Binary { state.height() } else { 0 };
            prop_assert_eq!(&read, &State::from_accounts(height, state.accounts()).expect("the same accounts"));
            prop_assert_eq!(read.total(), state.total());
        }
    }

    #[test]
    fn receipts_come_back(codes in vec(0u32..8, 0..100)) {
        let statuses: Vec<_> = codes.into_iter().map(|code| Status::from_code(code).expect("a status")).collect();
        let mut text = Vec::new();
        write_receipts_to(&mut text, &statuses).expect("memory takes it");
        prop_assert_eq!(read_receipts_from(&text[..], NAME, Format::JsonLines).expect("receipts"), statuses);
    }

    #[test]
    fn a_damaged_line_never_panics(block in any_block(), position: prop::sample::Index, byte: u8) {
        let mut text = Vec::new();
        write_block_to(&mut text, Format::JsonLines, &block).expect("memory takes it");
        *position.get_mut(&mut text) = byte;
        if let Err(error) = block_of(&text, Format::JsonLines) {
            input_error(Err::<Block, _>(error));
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..300)) {
        for format in FORMATS {
            let _ = block_of(&bytes, format);
            let _ = state_of(&bytes, format);
        }
        for format in &FORMATS[1..] {
            let _ = read_receipts_from(&bytes[..], NAME, *format);
            let _ = read_signatures_from(&bytes[..], NAME, *format);
            let _ = read_access_lists_from(&bytes[..], NAME, *format);
        }
    }
}
