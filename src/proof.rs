//! Inclusion proofs: that an account stands in a slot of the state with a given root. A module of its own: it needs
//! accounts, roots and BLAKE3, no state, no device and no memory beyond the proof. There are no proofs of absence.

use crate::account::{Account, AccountId};
use crate::error::{InputError, Place};
use crate::limits::{ACCOUNT_BYTES, MAX_ACCOUNTS};
use crate::root::{EMPTY, LEAF_CONTEXT, NODE_CONTEXT, Node, ROOT_CONTEXT, Root, height};

const MAGIC: &[u8; 8] = b"WLKPROOF";
const VERSION: u16 = 1;
/// Magic, version u16, zero u16, zero u32, slot u64, count u64, account.
const HEAD_BYTES: usize = 32 + ACCOUNT_BYTES;
/// Siblings of the deepest tree.
const MAX_SIBLINGS: usize = 32;
/// Bytes of the longest encoded proof.
pub const MAX_PROOF_BYTES: usize = HEAD_BYTES + 32 * MAX_SIBLINGS;

const _: () = assert!(MAX_ACCOUNTS as u64 <= 1 << MAX_SIBLINGS);

/// Proof that an account stands in a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proof {
    slot: u32,
    count: u32,
    account: Account,
    /// Leaf up; as many as the tree is high, then zeros.
    siblings: [Node; MAX_SIBLINGS],
}

impl Proof {
    /// A proof of its parts: `slot` of `count` slots holds `account`, with its path's `siblings` from the leaf up.
    ///
    /// # Errors
    /// A slot that is not below the count, too large a count, or not as many siblings as the tree is high.
    pub fn new(slot: u32, count: u32, account: Account, siblings: &[Node]) -> Result<Self, InputError> {
        check(u64::from(slot), u64::from(count))?;
        let levels = height(count);
        if siblings.len() != levels {
            let found = siblings.len();
            return Err(whole(format!("{found} siblings: expected {levels}, the height of a tree of {count} slots")));
        }
        let mut proof = Self { slot, count, account, siblings: [EMPTY; MAX_SIBLINGS] };
        proof.siblings[..levels].copy_from_slice(siblings);
        Ok(proof)
    }

    /// The account's slot.
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// Slots of the state.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The account that the slot holds.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The other child of every node on the path, from the leaf up.
    pub fn siblings(&self) -> &[Node] {
        &self.siblings[..height(self.count)]
    }

    /// The root that the proof leads to.
    pub fn root(&self) -> Root {
        let mut node = keyed(LEAF_CONTEXT, &record(&self.account));
        let key = blake3::derive_key(NODE_CONTEXT, &[]);
        for (level, sibling) in self.siblings().iter().enumerate() {
            let mut children = [0; 64];
            let (own, other) = if self.slot >> level & 1 == 0 { (0, 32) } else { (32, 0) };
            children[own..own + 32].copy_from_slice(&node);
            children[other..other + 32].copy_from_slice(sibling);
            node = *blake3::keyed_hash(&key, &children).as_bytes();
        }
        let mut input = [0; 40];
        input[..32].copy_from_slice(&node);
        input[32..].copy_from_slice(&u64::from(self.count).to_le_bytes());
        Root(keyed(ROOT_CONTEXT, &input))
    }

    /// Whether the state with this root holds the account in the slot.
    #[must_use]
    pub fn verify(&self, root: &Root) -> bool {
        self.root() == *root
    }

    /// Bytes of the encoded proof.
    pub fn encoded_len(&self) -> usize {
        HEAD_BYTES + 32 * self.siblings().len()
    }

    /// Little-endian: `WLKPROOF`, version u16 = 1, zero u16, zero u32, slot u64, count u64, the account as in a state
    /// file (64 bytes), then the siblings from the leaf up, 32 bytes each. Returns how many of the bytes are in use.
    pub fn encode_into(&self, bytes: &mut [u8; MAX_PROOF_BYTES]) -> usize {
        bytes[..HEAD_BYTES].fill(0);
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&u64::from(self.slot).to_le_bytes());
        bytes[24..32].copy_from_slice(&u64::from(self.count).to_le_bytes());
        bytes[32..HEAD_BYTES].copy_from_slice(&record(&self.account));
        let end = self.encoded_len();
        bytes[HEAD_BYTES..end].copy_from_slice(self.siblings().as_flattened());
        end
    }

    /// The encoded proof.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = [0; MAX_PROOF_BYTES];
        let end = self.encode_into(&mut bytes);
        bytes[..end].to_vec()
    }

    /// Reads what [`Proof::encode`] writes, and nothing else.
    ///
    /// # Errors
    /// Anything that a proof of this version cannot be, with its byte offset.
    pub fn decode(bytes: &[u8]) -> Result<Self, InputError> {
        let at = |offset: usize, message: String| InputError::new(Place::Offset(offset as u64), message);
        let Some(head) = bytes.first_chunk::<HEAD_BYTES>() else {
            let found = bytes.len();
            return Err(at(found, format!("the proof ends here: expected at least {HEAD_BYTES} bytes")));
        };
        let word = |offset: usize| u64::from_le_bytes(head[offset..offset + 8].try_into().expect("8 bytes"));
        if &head[..8] != MAGIC {
            return Err(at(0, "not a proof: expected WLKPROOF".into()));
        }
        let version = u16::from_le_bytes([head[8], head[9]]);
        if version != VERSION {
            return Err(at(8, format!("version {version}: expected {VERSION}")));
        }
        for (from, to) in [(10, 16), (HEAD_BYTES - 8, HEAD_BYTES)] {
            if head[from..to].iter().any(|byte| *byte != 0) {
                return Err(at(from, "reserved bytes: expected zero".into()));
            }
        }
        let (slot, count) = (word(16), word(24));
        check(slot, count).map_err(|error| InputError { place: Place::Offset(16), ..error })?;
        let account = Account {
            id: AccountId(head[32..64].try_into().expect("32 bytes")),
            balance: u128::from_le_bytes(head[64..80].try_into().expect("16 bytes")),
            nonce: word(80),
        };
        let expected = HEAD_BYTES + 32 * height(count as u32);
        if bytes.len() != expected {
            let message = format!("{} bytes: expected {expected} for a tree of {count} slots", bytes.len());
            return Err(at(bytes.len().min(expected), message));
        }
        let (siblings, _) = bytes[HEAD_BYTES..].as_chunks::<32>();
        Self::new(slot as u32, count as u32, account, siblings)
    }
}

fn whole(message: String) -> InputError {
    InputError::new(Place::Whole, message)
}

fn check(slot: u64, count: u64) -> Result<(), InputError> {
    if count > MAX_ACCOUNTS as u64 {
        return Err(whole(format!("{count} slots: expected at most {MAX_ACCOUNTS}")));
    }
    if slot >= count {
        return Err(whole(format!("slot {slot} of {count} slots: expected a slot below their number")));
    }
    Ok(())
}

/// An account as it stands in a state file and under its leaf.
fn record(account: &Account) -> [u8; ACCOUNT_BYTES] {
    let mut record = [0; ACCOUNT_BYTES];
    record[..32].copy_from_slice(&account.id.0);
    record[32..48].copy_from_slice(&account.balance.to_le_bytes());
    record[48..56].copy_from_slice(&account.nonce.to_le_bytes());
    record
}

fn keyed(context: &str, input: &[u8]) -> Node {
    *blake3::keyed_hash(&blake3::derive_key(context, &[]), input).as_bytes()
}

#[cfg(test)]
mod tests;
