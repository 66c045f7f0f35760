//! Signature checking: what goes in, whatever the engine.
//!
//! Every engine answers with one verdict per signature under one of two policies ([`Policy`]), bit for bit the same:
//! [`crate::serial::sigverify`], [`crate::parallel::sigverify`] and, with the `gpu` feature, `gpu::sigverify`.
//!
//! [`Policy`]: crate::Policy

use crate::transaction::Transaction;

/// One signature to check, borrowed from the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignatureInput<'a> {
    /// The signer's key as it was sent: 32 bytes, valid encoding or not.
    pub public_key: &'a [u8; 32],
    /// The signed bytes, of any length.
    pub message: &'a [u8],
    /// R (32 bytes) followed by s (32 bytes, little-endian), RFC 8032 section 5.1.6.
    pub signature: &'a [u8; 64],
}

/// A batch of signatures that can be read by index, in any order and from several threads.
pub trait SignatureSource {
    /// Signatures in the batch.
    fn len(&self) -> usize;

    /// The signature at `index`, which is below [`SignatureSource::len`].
    fn get(&self, index: usize) -> SignatureInput<'_>;

    /// There is nothing to check.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SignatureSource for [SignatureInput<'_>] {
    fn len(&self) -> usize {
        <[SignatureInput<'_>]>::len(self)
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self[index]
    }
}

/// A transaction is signed by `from` over its first 128 bytes.
impl SignatureSource for [Transaction] {
    fn len(&self) -> usize {
        <[Transaction]>::len(self)
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        let transaction = &self[index];
        SignatureInput {
            public_key: &transaction.from().0,
            message: transaction.message(),
            signature: transaction.signature(),
        }
    }
}

impl<S: SignatureSource + ?Sized> SignatureSource for &S {
    fn len(&self) -> usize {
        S::len(self)
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        S::get(self, index)
    }
}

impl SignatureSource for Vec<SignatureInput<'_>> {
    fn len(&self) -> usize {
        <[SignatureInput<'_>]>::len(self)
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self[index]
    }
}

impl SignatureSource for Vec<Transaction> {
    fn len(&self) -> usize {
        <[Transaction]>::len(self)
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        SignatureSource::get(self.as_slice(), index)
    }
}
