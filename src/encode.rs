//! Encode: the tests that need no state, so that later stages see only transactions that are still open.

use crate::status::{Reason, Status};
use crate::transaction::{Block, BlockHeader, Transaction};
use rayon::prelude::*;

/// Transactions that one task tests.
const CHUNK: usize = 1 << 13;

/// Whether a signature decides anything: earlier reasons make checking it needless.
pub fn needs_signature(header: &BlockHeader, transaction: &Transaction) -> bool {
    transaction.is_well_formed() && transaction.chain_id() == header.chain_id
}

/// The status of a transaction as far as it is known without any state; `Applied` means still open.
fn static_status(header: &BlockHeader, transaction: &Transaction, signature_valid: bool) -> Status {
    if !transaction.is_well_formed() {
        Status::Rejected(Reason::Malformed)
    } else if transaction.chain_id() != header.chain_id {
        Status::Rejected(Reason::WrongChain)
    } else if !signature_valid {
        Status::Rejected(Reason::SignatureInvalid)
    } else if transaction.cost().is_none() {
        Status::Rejected(Reason::AmountOverflow)
    } else {
        Status::Applied
    }
}

/// The status of every transaction of a block as far as it is known without any state; `Applied` means still open. `None`
/// verdicts mean that signatures are not part of the rules.
pub fn static_statuses(block: &Block, verdicts: Option<&[bool]>) -> Vec<Status> {
    let mut statuses = Vec::new();
    static_statuses_into(block, verdicts, &mut statuses);
    statuses
}

/// As [`static_statuses`], written over what is in `statuses`.
pub fn static_statuses_into(block: &Block, verdicts: Option<&[bool]>, statuses: &mut Vec<Status>) {
    let status = |(index, transaction)| {
        let valid = verdicts.is_none_or(|verdicts| verdicts[index]);
        static_status(&block.header, transaction, valid)
    };
    if block.transactions.len() <= CHUNK {
        statuses.clear();
        statuses.extend(block.transactions.iter().enumerate().map(status));
        return;
    }
    block.transactions.par_iter().enumerate().with_min_len(CHUNK).map(status).collect_into_vec(statuses);
}
