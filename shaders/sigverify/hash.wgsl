// k = SHA-512(R, A, M) mod L and the check s < L. Invocations follow `details`, which the
// host sorts by block count, so that neighbours hash about the same number of blocks.

// Per invocation: position of the message in words, its length in bytes, 1 where `messages` holds the digest instead, entry.
@group(0) @binding(2) var<storage, read> details: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> messages: array<u32>;
// Per entry: R, s, A.
@group(0) @binding(4) var<storage, read> records: array<vec4<u32>>;
// Per entry: k and s.
@group(0) @binding(5) var<storage, read_write> scalars: array<vec4<u32>>;
// Per entry: 1 where s < L.
@group(0) @binding(6) var<storage, read_write> scalar_flags: array<u32>;

fn swap(x: u32) -> u32 {
    return (x >> 24u) | ((x >> 8u) & 0xff00u) | ((x << 8u) & 0xff0000u) | (x << 24u);
}

// Word m of the padded message, counted from the end of R and A. The length of all, in bits, ends the last block; a length
// below 2^29 - 64 is the host's promise.
fn message_word(base: u32, m: u32, bytes: u32, last: u32) -> u32 {
    let full = bytes / 4u;
    let tail = bytes % 4u;
    let has_bytes = m < full || (m == full && tail > 0u);
    let loaded = messages[base + select(0u, m, has_bytes)];
    let kept = select(loaded & ((1u << (8u * tail)) - 1u), loaded, m < full);
    let padding = select(0u, 0x80u << (8u * tail), m == full);
    let word = swap(select(0u, kept, has_bytes) | padding);
    return select(word, (bytes + 64u) * 8u, m == last);
}

fn message_pair(base: u32, m: u32, bytes: u32, last: u32) -> Word64 {
    let high = message_word(base, m, bytes, last);
    return word64(message_word(base, m + 1u, bytes, last), high);
}

fn round_constants(pair: u32) -> vec4<u32> {
    return constants[ROUND_CONSTANTS + pair];
}

fn record_pair(words: vec4<u32>, second: bool) -> Word64 {
    let pair = select(words.xy, words.zw, second);
    return word64(swap(pair.y), swap(pair.x));
}

// Eight bytes of the digest as two little-endian words.
fn digest_pair(word: Word64) -> vec2<u32> {
    let halves = halves64(word);
    return vec2<u32>(swap(halves.y), swap(halves.x));
}

fn hash_message(entry: u32, base: u32, bytes: u32, blocks: u32) -> Digest {
    let last = blocks * 32u - 17u;
    var state = sha512_initial();
    var w0 = word64(0u, 0u);
    var w1 = word64(0u, 0u);
    var w2 = word64(0u, 0u);
    var w3 = word64(0u, 0u);
    var w4 = word64(0u, 0u);
    var w5 = word64(0u, 0u);
    var w6 = word64(0u, 0u);
    var w7 = word64(0u, 0u);
    var w8 = word64(0u, 0u);
    var w9 = word64(0u, 0u);
    var w10 = word64(0u, 0u);
    var w11 = word64(0u, 0u);
    var w12 = word64(0u, 0u);
    var w13 = word64(0u, 0u);
    var w14 = word64(0u, 0u);
    var w15 = word64(0u, 0u);
    for (var block = 0u; block < blocks; block++) {
        let m = block * 32u;
        // Four words a turn, four rounds a turn: spelt out, both compile longer than all the rest of the kernel. Drivers that
        // unroll short loops do not see how long this one is.
        for (var at = m; at < m + 32u; at += 8u) {
            w0 = w4;
            w1 = w5;
            w2 = w6;
            w3 = w7;
            w4 = w8;
            w5 = w9;
            w6 = w10;
            w7 = w11;
            w8 = w12;
            w9 = w13;
            w10 = w14;
            w11 = w15;
            w12 = message_pair(base, max(at, 16u) - 16u + 0u, bytes, last);
            w13 = message_pair(base, max(at, 16u) - 16u + 2u, bytes, last);
            w14 = message_pair(base, max(at, 16u) - 16u + 4u, bytes, last);
            w15 = message_pair(base, max(at, 16u) - 16u + 6u, bytes, last);
        }
        if block == 0u {
            let r0 = records[entry * 6u + 0u];
            w0 = record_pair(r0, false);
            w1 = record_pair(r0, true);
            let r1 = records[entry * 6u + 1u];
            w2 = record_pair(r1, false);
            w3 = record_pair(r1, true);
            let r2 = records[entry * 6u + 4u];
            w4 = record_pair(r2, false);
            w5 = record_pair(r2, true);
            let r3 = records[entry * 6u + 5u];
            w6 = record_pair(r3, false);
            w7 = record_pair(r3, true);
        }
        var s = state;
        var r = 0u;
        loop {
            let k0 = round_constants(2u * r);
            s = sha512_round(s, w0, word64(k0.x, k0.y));
            s = sha512_round(s, w1, word64(k0.z, k0.w));
            let k2 = round_constants(2u * r + 1u);
            s = sha512_round(s, w2, word64(k2.x, k2.y));
            s = sha512_round(s, w3, word64(k2.z, k2.w));
            let w16 = sha512_schedule(w0, w1, w9, w14);
            let w17 = sha512_schedule(w1, w2, w10, w15);
            let w18 = sha512_schedule(w2, w3, w11, w16);
            let w19 = sha512_schedule(w3, w4, w12, w17);
            w0 = w4;
            w1 = w5;
            w2 = w6;
            w3 = w7;
            w4 = w8;
            w5 = w9;
            w6 = w10;
            w7 = w11;
            w8 = w12;
            w9 = w13;
            w10 = w14;
            w11 = w15;
            w12 = w16;
            w13 = w17;
            w14 = w18;
            w15 = w19;
            r++;
            if r == 20u {
                break;
            }
        }
        state = sha512_add(state, s);
    }
    return state;
}

fn items() -> u32 {
    return params.count;
}

fn work(item: u32) {
    let detail = details[item];
    let entry = detail.w;
    let hashed = detail.z == 1u;
    let state = hash_message(entry, detail.x, detail.y, select((detail.y + 208u) / 128u, 0u, hashed));
    var x0 = Words(
        vec4<u32>(digest_pair(state.a), digest_pair(state.b)),
        vec4<u32>(digest_pair(state.c), digest_pair(state.d)),
    );
    var x1 = Words(
        vec4<u32>(digest_pair(state.e), digest_pair(state.f)),
        vec4<u32>(digest_pair(state.g), digest_pair(state.h)),
    );
    if hashed {
        let b = detail.x;
        x0.lo = vec4<u32>(messages[b], messages[b + 1u], messages[b + 2u], messages[b + 3u]);
        x0.hi = vec4<u32>(messages[b + 4u], messages[b + 5u], messages[b + 6u], messages[b + 7u]);
        x1.lo = vec4<u32>(messages[b + 8u], messages[b + 9u], messages[b + 10u], messages[b + 11u]);
        x1.hi = vec4<u32>(messages[b + 12u], messages[b + 13u], messages[b + 14u], messages[b + 15u]);
    }
    let k = scalar_reduce(x0, x1);
    let s = Words(records[entry * 6u + 2u], records[entry * 6u + 3u]);
    scalars[entry * 4u] = k.lo;
    scalars[entry * 4u + 1u] = k.hi;
    scalars[entry * 4u + 2u] = s.lo;
    scalars[entry * 4u + 3u] = s.hi;
    scalar_flags[entry] = select(0u, 1u, words_less(s, scalar_order()));
}
