//! Arithmetic modulo p = 2^255 − 19 for the few constants that the host computes. Not fast, not constant-time.

/// An element, canonical: four little-endian words below p.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Field([u64; 4]);

const P: [u64; 4] = [0xffff_ffff_ffff_ffed, u64::MAX, u64::MAX, 0x7fff_ffff_ffff_ffff];

impl Field {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0]);

    pub(super) fn small(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }

    /// The value modulo p of 32 little-endian bytes whose top bit is clear.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*chunk);
        }
        Self(words).reduced()
    }

    /// Eight little-endian 32-bit words.
    pub(super) fn words(self) -> [u32; 8] {
        bytemuck::cast(self.0.map(u64::to_le))
    }

    pub(super) fn is_odd(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// The difference modulo 2^256, and whether it is negative.
    fn difference(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
        let mut borrow = false;
        let words = std::array::from_fn(|index| {
            let (difference, first) = a[index].overflowing_sub(b[index]);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            difference
        });
        (words, borrow)
    }

    /// Subtracts p once if that leaves no negative value; takes values below 2p.
    fn reduced(self) -> Self {
        let (words, negative) = Self::difference(self.0, P);
        if negative { self } else { Self(words) }
    }

    pub(super) fn add(self, other: Self) -> Self {
        let mut carry = 0;
        let words = std::array::from_fn(|index| {
            let sum = u128::from(self.0[index]) + u128::from(other.0[index]) + carry;
            carry = sum >> 64;
            sum as u64
        });
        Self(words).reduced()
    }

    pub(super) fn negate(self) -> Self {
        Self(Self::difference(P, self.0).0).reduced()
    }

    pub(super) fn sub(self, other: Self) -> Self {
        self.add(other.negate())
    }

    pub(super) fn mul(self, other: Self) -> Self {
        let mut wide = [0u64; 8];
        for i in 0..4 {
            let mut carry = 0u128;
            for j in 0..4 {
                let sum = u128::from(self.0[i]) * u128::from(other.0[j]) + u128::from(wide[i + j]) + carry;
                wide[i + j] = sum as u64;
                carry = sum >> 64;
            }
            wide[i + 4] = carry as u64;
        }
        // 2^256 = 38 modulo p, twice: the second carry is at most 38.
        let mut carry = 0u128;
        let mut words: [u64; 4] = std::array::from_fn(|index| {
            let sum = u128::from(wide[index]) + 38 * u128::from(wide[index + 4]) + carry;
            carry = sum >> 64;
            sum as u64
        });
        while carry > 0 {
            let mut fold = 38 * carry;
            for word in &mut words {
                let sum = u128::from(*word) + fold;
                *word = sum as u64;
                fold = sum >> 64;
            }
            carry = fold;
        }
        // Below 2^256 = 2p + 38.
        Self(words).reduced().reduced()
    }

    /// `self` to the power of 2^`bits` − `minus`.
    fn power(self, bits: u32, minus: u64) -> Self {
        let exponent_bit = |bit: u32| if bit < 64 { (0u64.wrapping_sub(minus) >> bit) & 1 == 1 } else { true };
        (0..bits).rev().fold(Self::ONE, |power, bit| {
            let square = power.mul(power);
            if exponent_bit(bit) { square.mul(self) } else { square }
        })
    }

    /// The inverse, and 0 for 0.
    pub(super) fn invert(self) -> Self {
        self.power(255, 21)
    }

    /// The even square root of u / v, if there is one.
    pub(super) fn sqrt_ratio(u: Self, v: Self) -> Option<Self> {
        let ratio = u.mul(v.invert());
        let root = ratio.power(252, 2);
        let root = if root.mul(root) == ratio { root } else { root.mul(sqrt_minus_one()) };
        let root = if root.is_odd() { root.negate() } else { root };
        (root.mul(root) == ratio).then_some(root)
    }
}

/// A square root of −1: 2^((p − 1) / 4), because 2 is not a square modulo p.
pub(super) fn sqrt_minus_one() -> Field {
    Field::small(2).power(253, 5)
}

/// The curve's d = −121665 / 121666.
pub(super) fn d() -> Field {
    Field::small(121_665).negate().mul(Field::small(121_666).invert())
}

/// A point of the curve in extended coordinates (x : y : z : t), t = xy / z.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    x: Field,
    y: Field,
    z: Field,
    t: Field,
}

impl Point {
    /// The base point: y = 4/5, x even.
    pub(super) fn base() -> Self {
        let y = Field::small(4).mul(Field::small(5).invert());
        let yy = y.mul(y);
        let x = Field::sqrt_ratio(yy.sub(Field::ONE), d().mul(yy).add(Field::ONE)).expect("B is on the curve");
        Self { x, y, z: Field::ONE, t: x.mul(y) }
    }

    /// The complete addition (Hisil and others 2008, a = −1); `d2` is 2d.
    pub(super) fn add(self, other: Self, d2: Field) -> Self {
        let a = self.y.sub(self.x).mul(other.y.sub(other.x));
        let b = self.y.add(self.x).mul(other.y.add(other.x));
        let c = self.t.mul(d2).mul(other.t);
        let zz = self.z.mul(other.z);
        let (e, f, g, h) = (b.sub(a), zz.add(zz).sub(c), zz.add(zz).add(c), b.add(a));
        Self { x: e.mul(f), y: g.mul(h), z: f.mul(g), t: e.mul(h) }
    }

    pub(super) fn negate(self) -> Self {
        Self { x: self.x.negate(), t: self.t.negate(), ..self }
    }

    /// (y + x, y − x, 2dxy) of every point, with one inversion for all.
    pub(super) fn niels(points: &[Self], d2: Field) -> Vec<[Field; 3]> {
        let mut product = Field::ONE;
        let prefixes: Vec<Field> = points
            .iter()
            .map(|point| {
                let before = product;
                product = product.mul(point.z);
                before
            })
            .collect();
        let mut inverse = product.invert();
        let mut entries = vec![[Field::ZERO; 3]; points.len()];
        for (index, point) in points.iter().enumerate().rev() {
            let z_inverse = inverse.mul(prefixes[index]);
            inverse = inverse.mul(point.z);
            let (x, y) = (point.x.mul(z_inverse), point.y.mul(z_inverse));
            entries[index] = [y.add(x), y.sub(x), x.mul(y).mul(d2)];
        }
        entries
    }
}
