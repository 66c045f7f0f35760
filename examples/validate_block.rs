//! Validates a small signed block and applies the outcome: `cargo run --example validate_block`.

use ed25519_dalek::{Signer, SigningKey};
use wavelock::{
    Account, AccountId, Block, BlockHeader, Engine, Policy, Result, State, Status, Transaction, Transfer, Validator,
};

const CHAIN_ID: u64 = 1;

/// A sender's account id is its public key: no table has to say which key belongs to which account.
fn id(key: &SigningKey) -> AccountId {
    AccountId(key.verifying_key().to_bytes())
}

/// The signature covers the first 128 bytes of the record, which `message` returns.
fn signed(key: &SigningKey, nonce: u64, to: AccountId, amount: u128) -> Transaction {
    let transfer = Transfer { chain_id: CHAIN_ID, nonce, amount, fee: 1, from: id(key), to };
    let unsigned = Transaction::transfer(&transfer, [0; 64]);
    unsigned.with_signature(key.sign(unsigned.message()).to_bytes())
}

fn main() -> Result<()> {
    // Fixed seeds make the example print the same every time; real keys come from a random generator.
    let [alice, bob, carol] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
    let fee_recipient = AccountId([9; 32]);

    let mut state = State::from_accounts(6, [Account { id: id(&alice), balance: 100, nonce: 0 }])?;
    let forged = signed(&alice, 2, id(&carol), 1).with_signature([7; 64]);
    let block = Block {
        header: BlockHeader { chain_id: CHAIN_ID, height: 7, fee_recipient },
        transactions: vec![
            signed(&alice, 0, id(&bob), 60),
            // Bob is not in the state yet: the payment before creates him, in time for this one.
            signed(&bob, 0, id(&carol), 59),
            // Alice has 39 left. She is rejected, and the block goes on.
            signed(&alice, 1, id(&carol), 50),
            forged,
            // The rejected ones used no nonce.
            signed(&alice, 1, id(&bob), 38),
        ],
    };

    // One validator for many blocks: it keeps devices, compiled shaders and memory between them.
    let mut validator = Validator::builder().engine(Engine::Auto).policy(Policy::Strict).build()?;
    let outcome = validator.validate(&block, &state)?;
    for (index, status) in outcome.statuses.iter().enumerate() {
        match status {
            Status::Applied => println!("transaction {index}: applied"),
            Status::Rejected(reason) => println!("transaction {index}: rejected, {reason}"),
        }
    }

    // Nothing has changed so far: a caller may look at the outcome first, store it, or drop it.
    state.apply(&outcome)?;
    println!("height {}", state.height());
    for (name, id) in [("alice", id(&alice)), ("bob", id(&bob)), ("carol", id(&carol)), ("fees", fee_recipient)] {
        let Account { balance, nonce, .. } = state.get(&id).expect("every one of them got something");
        println!("{name}: balance {balance}, nonce {nonce}");
    }
    Ok(())
}
