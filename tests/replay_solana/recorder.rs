//! Writes blocks as a node would record them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use solana_message::v0::MessageAddressTableLookup;
use solana_message::{AccountMeta, Address, Hash, Instruction, Message, VersionedMessage, v0};
use std::collections::HashMap;

pub const SYSTEM: Address = Address::from_str_const("11111111111111111111111111111111");
pub const COMPUTE_BUDGET: Address = Address::from_str_const("ComputeBudget111111111111111111111111111111");
pub const MEMO: Address = Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
pub const OLD_MEMO: Address = Address::from_str_const("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo");
pub const VOTE: Address = Address::from_str_const("Vote111111111111111111111111111111111111111");
/// Some program that nobody knows.
pub const OTHER: Address = Address::new_from_array([77; 32]);

/// What every transaction here costs.
pub const FEE: u64 = 5_000;

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// The address of test key `number`.
pub fn key(number: u8) -> Address {
    signer(number).verifying_key().to_bytes().into()
}

/// A system-program Transfer: the source signs, both are writable.
pub fn transfer(source: Address, destination: Address, lamports: u64) -> Instruction {
    let mut data = vec![2, 0, 0, 0];
    data.extend(lamports.to_le_bytes());
    let accounts = vec![AccountMeta::new(source, true), AccountMeta::new(destination, false)];
    Instruction { program_id: SYSTEM, accounts, data }
}

/// An instruction of any program.
pub fn instruction(program_id: Address, accounts: &[AccountMeta], data: &[u8]) -> Instruction {
    Instruction { program_id, accounts: accounts.to_vec(), data: data.to_vec() }
}

/// How an answer writes a transaction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Encoding {
    Base64,
    Base58,
    Json,
}

/// A transaction as a node records it.
#[derive(Clone)]
pub struct Recorded {
    pub message: VersionedMessage,
    pub signatures: Vec<[u8; 64]>,
    /// Written as it is; `None` leaves the field out.
    pub version: Option<Value>,
    pub failed: bool,
    pub fee: u64,
    pub pre: Vec<u64>,
    pub post: Vec<u64>,
    pub loaded: Option<[Vec<Address>; 2]>,
}

impl Recorded {
    /// Signed by those of the test keys 1 to 99 that the message asks for.
    pub fn new(message: VersionedMessage, loaded: [Vec<Address>; 2]) -> Self {
        let bytes = message.serialize();
        let signers = usize::from(message.header().num_required_signatures);
        let sign = |address: &Address| {
            let number = (1..100).find(|&number| key(number) == *address).expect("a test key");
            signer(number).sign(&bytes).to_bytes()
        };
        let signatures = message.static_account_keys()[..signers].iter().map(sign).collect();
        let version = Some(if matches!(message, VersionedMessage::V0(_)) { json!(0) } else { json!("legacy") });
        let (pre, post) = (Vec::new(), Vec::new());
        Self { message, signatures, version, failed: false, fee: FEE, pre, post, loaded: Some(loaded) }
    }

    pub fn keys(&self) -> Vec<Address> {
        let loaded = self.loaded.iter().flatten().flatten();
        self.message.static_account_keys().iter().chain(loaded).copied().collect()
    }

    pub fn wire(&self) -> Vec<u8> {
        let mut wire = vec![self.signatures.len() as u8];
        wire.extend(self.signatures.iter().flatten());
        wire.extend(self.message.serialize());
        wire
    }

    pub fn to_json(&self, encoding: Encoding) -> Value {
        let transaction = match encoding {
            Encoding::Base64 => json!([STANDARD.encode(self.wire()), "base64"]),
            Encoding::Base58 => json!([base58(self.wire()), "base58"]),
            Encoding::Json => self.in_json_encoding(),
        };
        let err = if self.failed { json!({"InstructionError": [0, {"Custom": 1}]}) } else { Value::Null };
        let mut meta = json!({"err": err, "fee": self.fee, "preBalances": self.pre, "postBalances": self.post});
        if let Some([writable, readonly]) = &self.loaded {
            meta["loadedAddresses"] = json!({"writable": strings(writable), "readonly": strings(readonly)});
        }
        let mut entry = json!({"transaction": transaction, "meta": meta});
        if let Some(version) = &self.version {
            entry["version"] = version.clone();
        }
        entry
    }

    fn in_json_encoding(&self) -> Value {
        let header = self.message.header();
        let instruction = |one: &solana_message::compiled_instruction::CompiledInstruction| {
            json!({"programIdIndex": one.program_id_index, "accounts": one.accounts, "data": base58(&one.data),
                "stackHeight": null})
        };
        let mut message = json!({
            "header": {
                "numRequiredSignatures": header.num_required_signatures,
                "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
                "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
            },
            "accountKeys": strings(self.message.static_account_keys()),
            "recentBlockhash": base58(self.message.recent_blockhash().to_bytes()),
            "instructions": self.message.instructions().iter().map(instruction).collect::<Vec<_>>(),
        });
        if let Some(lookups) = self.message.address_table_lookups() {
            let lookup = |one: &MessageAddressTableLookup| {
                json!({"accountKey": base58(one.account_key.to_bytes()), "writableIndexes": one.writable_indexes,
                    "readonlyIndexes": one.readonly_indexes})
            };
            message["addressTableLookups"] = lookups.iter().map(lookup).collect();
        }
        json!({"signatures": self.signatures.iter().map(base58).collect::<Vec<_>>(), "message": message})
    }
}

pub fn base58(bytes: impl AsRef<[u8]>) -> String {
    bs58::encode(bytes).into_string()
}

fn strings(keys: &[Address]) -> Vec<String> {
    keys.iter().map(|key| base58(key.to_bytes())).collect()
}

/// A block of these transactions, bare.
pub fn answer(entries: &[Recorded], encoding: Encoding) -> Value {
    let transactions: Vec<Value> = entries.iter().map(|entry| entry.to_json(encoding)).collect();
    json!({"blockHeight": 7, "blockhash": "x", "transactions": transactions})
}

/// Executes what it is told to, and writes down balances around it.
pub struct Recorder {
    balances: HashMap<Address, u64>,
    pub entries: Vec<Recorded>,
}

impl Recorder {
    /// Test keys 1 to 9 have a million lamports each, programs one.
    pub fn new() -> Self {
        let programs = [SYSTEM, COMPUTE_BUDGET, MEMO, OLD_MEMO, VOTE, OTHER].map(|program| (program, 1));
        let balances = (1..10).map(|number| (key(number), 1_000_000)).chain(programs);
        Self { balances: balances.collect(), entries: Vec::new() }
    }

    /// A legacy transaction paid by test key `payer` that moves lamports as told.
    pub fn add(&mut self, payer: u8, instructions: &[Instruction], moves: &[(Address, Address, u64)]) -> &mut Recorded {
        let hash = Hash::new_from_array([self.entries.len() as u8; 32]);
        let message = Message::new_with_blockhash(instructions, Some(&key(payer)), &hash);
        self.add_message(VersionedMessage::Legacy(message), Default::default(), moves)
    }

    pub fn add_message(
        &mut self,
        message: VersionedMessage,
        loaded: [Vec<Address>; 2],
        moves: &[(Address, Address, u64)],
    ) -> &mut Recorded {
        let mut entry = Recorded::new(message, loaded);
        let keys = entry.keys();
        entry.pre = keys.iter().map(|key| *self.balances.entry(*key).or_default()).collect();
        *self.balances.get_mut(&keys[0]).expect("the payer") -= FEE;
        for (source, destination, lamports) in moves {
            *self.balances.get_mut(source).expect("a source") -= lamports;
            *self.balances.get_mut(destination).expect("a destination") += lamports;
        }
        entry.post = keys.iter().map(|key| self.balances[key]).collect();
        self.entries.push(entry);
        self.entries.last_mut().expect("just pushed")
    }

    /// Transfers that succeed, with their effect.
    pub fn transfers(&mut self, payer: u8, moves: &[(Address, Address, u64)]) -> &mut Recorded {
        let instructions: Vec<Instruction> =
            moves.iter().map(|&(from, to, lamports)| transfer(from, to, lamports)).collect();
        self.add(payer, &instructions, moves)
    }

    /// A transaction that fails on chain.
    pub fn fail(&mut self, payer: u8, instructions: &[Instruction]) {
        self.add(payer, instructions, &[]).failed = true;
    }
}

/// A version 0 message with two lookup tables; the test decides what they resolve to.
pub fn versioned(payer: u8) -> VersionedMessage {
    let lookup = |table: u8, writable_indexes: &[u8], readonly_indexes: &[u8]| MessageAddressTableLookup {
        account_key: Address::new_from_array([table; 32]),
        writable_indexes: writable_indexes.to_vec(),
        readonly_indexes: readonly_indexes.to_vec(),
    };
    let legacy = Message::new(&[instruction(OTHER, &[AccountMeta::new(key(50), false)], &[1])], Some(&key(payer)));
    VersionedMessage::V0(v0::Message {
        header: legacy.header,
        account_keys: legacy.account_keys,
        recent_blockhash: legacy.recent_blockhash,
        instructions: legacy.instructions,
        address_table_lookups: vec![lookup(201, &[3, 1], &[0]), lookup(202, &[9], &[])],
    })
}
