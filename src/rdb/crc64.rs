//! The checksum at the end of a snapshot.

/// CRC-64 with Jones' polynomial, reflected, from 0 and without a final inversion. Source:
/// src/crc64.c of Redis 7.4.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Crc64(u64);

/// 0xad93d23594c935a9, bits reversed.
const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;

/// What each byte adds when it is followed by 0 to 7 others.
static TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0_u64; 256]; 8];
    let mut follow = 0;
    while follow < 8 {
        let (mut byte, mut start) = (0, 0_u64);
        while byte < 256 {
            let (mut sum, mut bit) = (start, 0);
            while bit < 8 * (follow + 1) {
                sum = if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 };
                bit += 1;
            }
            tables[follow][byte] = sum;
            byte += 1;
            start += 1;
        }
        follow += 1;
    }
    tables
}

impl Crc64 {
    /// Goes on with `bytes`, eight at a time.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let mixed = (self.0 ^ u64::from_le_bytes(*eight)).to_le_bytes();
            self.0 = mixed
                .iter()
                .zip(TABLES.iter().rev())
                .fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)]);
        }
        for byte in rest {
            let mixed = (self.0 ^ u64::from(*byte)).to_le_bytes()[0];
            self.0 = (self.0 >> 8) ^ TABLES[0][usize::from(mixed)];
        }
    }

    /// The sum of all that was added.
    pub(super) fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of src/crc64.c's own test.
    #[test]
    fn the_sum_is_that_of_the_engines() {
        let mut crc = Crc64::default();
        crc.add(b"123456789");
        assert_eq!(crc.value(), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn pieces_add_up() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut whole = Crc64::default();
        whole.add(&bytes);
        for cut in 0..bytes.len() {
            let mut pieces = Crc64::default();
            pieces.add(&bytes[..cut]);
            pieces.add(&bytes[cut..]);
            assert_eq!(pieces, whole, "{cut}");
        }
    }
}
