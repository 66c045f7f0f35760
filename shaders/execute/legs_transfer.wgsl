// Transfers come as two words each, transaction and flags, then nonce: a debit and a credit are made of them here.

@group(0) @binding(3) var<storage, read> transfers: array<vec2<u32>>;
// Accounts in the order of transactions: sender and recipient of one after the other.
@group(0) @binding(8) var<storage, read> unsorted_keys: array<u32>;

const TRANSACTION = 0xffffffu;
// Guarded, negative, with a nonce and a least balance.
const DEBIT = 0xfu << 24u;

fn leg_in(position: u32) -> vec3<u32> {
    let transfer = transfers[position >> 1u];
    let other = unsorted_keys[position ^ 1u];
    if (position & 1u) == 0u {
        return vec3<u32>(transfer.x | DEBIT, transfer.y, other);
    }
    return vec3<u32>(transfer.x & TRANSACTION, 0u, other);
}
