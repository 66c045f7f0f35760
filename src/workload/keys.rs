//! Account ids and signatures. An account's key depends on the seed and its index only, not on how many there are.

use crate::account::AccountId;
use crate::transaction::Transaction;
use ed25519_dalek::{Signer, SigningKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Transactions that a task signs: sorted by sender, so that most keys are derived once.
const SIGN_CHUNK: usize = 256;

/// A ChaCha20 generator for one purpose (`context`, globally unique) and seed.
pub(super) fn rng(context: &str, seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(blake3::derive_key(context, &seed.to_le_bytes()))
}

/// Derives the ids and keys of a workload's accounts.
pub(super) struct Keys {
    ids: [u8; 32],
    secrets: ChaCha20Rng,
    signed: bool,
}

impl Keys {
    pub(super) fn new(seed: u64, signed: bool) -> Self {
        let ids = blake3::derive_key("wavelock workload v1 account id", &seed.to_le_bytes());
        Self { ids, secrets: rng("wavelock workload v1 key", seed), signed }
    }

    /// The ids of accounts 0 to `accounts`.
    pub(super) fn ids(&self, accounts: usize) -> Vec<AccountId> {
        (0..accounts as u32).into_par_iter().with_min_len(64).map(|account| self.id(account.into())).collect()
    }

    /// The same, but only the accounts in `senders` have keys; the ids of the others are hashes.
    pub(super) fn ids_of_senders(&self, accounts: usize, senders: &[u32]) -> Vec<AccountId> {
        let mut pays = vec![!self.signed; accounts];
        senders.iter().for_each(|&sender| pays[sender as usize] = true);
        let id =
            |(account, pays): (usize, &bool)| if *pays { self.id(account as u64) } else { self.hash(account as u64) };
        pays.par_iter().enumerate().with_min_len(64).map(id).collect()
    }

    /// An account that is none of the numbered ones.
    pub(super) fn fee_recipient(&self) -> AccountId {
        self.id(u64::MAX)
    }

    fn id(&self, account: u64) -> AccountId {
        if self.signed {
            return AccountId(self.signing_key(account).verifying_key().to_bytes());
        }
        self.hash(account)
    }

    fn hash(&self, account: u64) -> AccountId {
        AccountId(*blake3::keyed_hash(&self.ids, &account.to_le_bytes()).as_bytes())
    }

    fn signing_key(&self, account: u64) -> SigningKey {
        let mut stream = self.secrets.clone();
        stream.set_stream(account);
        let mut secret = [0; 32];
        stream.fill_bytes(&mut secret);
        SigningKey::from_bytes(&secret)
    }

    /// Signs every transaction by the account with the index that `senders` gives.
    pub(super) fn sign(&self, transactions: &mut [Transaction], senders: &[u32]) {
        let mut order: Vec<u32> = (0..transactions.len() as u32).collect();
        order.par_sort_unstable_by_key(|&index| (senders[index as usize], index));
        let signatures: Vec<[u8; 64]> = order
            .par_chunks(SIGN_CHUNK)
            .flat_map_iter(|chunk| {
                let of_one_sender = chunk.chunk_by(|&a, &b| senders[a as usize] == senders[b as usize]);
                of_one_sender.flat_map(|group| {
                    let key = self.signing_key(u64::from(senders[group[0] as usize]));
                    let sign = |&index: &u32| key.sign(transactions[index as usize].message()).to_bytes();
                    group.iter().map(sign).collect::<Vec<_>>()
                })
            })
            .collect();
        for (&index, signature) in order.iter().zip(signatures) {
            let transaction = &mut transactions[index as usize];
            *transaction = transaction.with_signature(signature);
        }
    }
}
