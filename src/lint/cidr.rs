//! Sets of addresses, IPv4 and IPv6 apart: whether blocks together are everything.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The two families, which never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The largest address as a number.
    fn last(self) -> u128 {
        match self {
            Self::V4 => u128::from(u32::MAX),
            Self::V6 => u128::MAX,
        }
    }

    /// The name people use.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// A block of addresses: an inclusive range of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// The family.
    pub family: Family,
    first: u128,
    last: u128,
}

/// A text that is no CIDR block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a CIDR block such as `10.0.0.0/8`")]
pub struct CidrError(String);

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let error = || CidrError(text.to_owned());
        let (address, prefix) = text.split_once('/').ok_or_else(error)?;
        let prefix: u32 = prefix.parse().map_err(|_| error())?;
        let (family, number, bits) = match address.parse().map_err(|_| error())? {
            IpAddr::V4(address) => (Family::V4, u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (Family::V6, u128::from(address), 128),
        };
        let host_bits = u32::checked_sub(bits, prefix).ok_or_else(error)?;
        let host_mask = 1_u128
            .checked_shl(host_bits)
            .map_or(u128::MAX, |size| size - 1);
        let first = number & !host_mask;
        Ok(Self {
            family,
            first,
            last: first | host_mask,
        })
    }
}

impl Cidr {
    /// All addresses of a family.
    pub fn whole(family: Family) -> Self {
        Self {
            family,
            first: 0,
            last: family.last(),
        }
    }

    /// Whether another block is inside this one.
    pub fn holds(self, other: Self) -> bool {
        self.family == other.family && self.first <= other.first && other.last <= self.last
    }

    /// Whether they share an address.
    pub fn touches(self, other: Self) -> bool {
        self.family == other.family && self.first <= other.last && other.first <= self.last
    }

    /// This range and the one right after it, as one.
    pub fn joined(self, next: Self) -> Option<Self> {
        let adjacent = self.family == next.family
            && self
                .last
                .checked_add(1)
                .is_some_and(|after| after == next.first);
        adjacent.then_some(Self {
            last: next.last,
            ..self
        })
    }

    /// The addresses at both ends.
    pub fn bounds(self) -> (IpAddr, IpAddr) {
        let address = |number: u128| match self.family {
            Family::V4 => IpAddr::from(u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()),
            Family::V6 => IpAddr::from(number.to_be_bytes()),
        };
        (address(self.first), address(self.last))
    }

    /// All addresses, cut wherever one of these ranges begins or ends.
    pub fn cut(ranges: &[Self]) -> Vec<Self> {
        let mut atoms = Vec::new();
        for family in [Family::V4, Family::V6] {
            let mut starts = vec![0];
            for range in ranges.iter().filter(|range| range.family == family) {
                starts.push(range.first);
                starts.extend(
                    range
                        .last
                        .checked_add(1)
                        .filter(|next| *next <= family.last()),
                );
            }
            starts.sort_unstable();
            starts.dedup();
            let ends = starts.iter().skip(1).map(|next| next - 1);
            let ends: Vec<u128> = ends.chain([family.last()]).collect();
            for (first, last) in starts.into_iter().zip(ends) {
                atoms.push(Self {
                    family,
                    first,
                    last,
                });
            }
        }
        atoms
    }

    /// What is left of this block without others, as ranges.
    pub fn without(self, others: &[Self]) -> Vec<Self> {
        let mut left = vec![self];
        for other in others.iter().filter(|other| other.family == self.family) {
            left = left
                .into_iter()
                .flat_map(|range| range.minus(*other))
                .collect();
        }
        left
    }

    fn minus(self, other: Self) -> impl Iterator<Item = Self> {
        let apart = other.last < self.first || other.first > self.last;
        let before = (!apart && self.first < other.first).then(|| Self {
            last: other.first - 1,
            ..self
        });
        let after = (!apart && self.last > other.last).then(|| Self {
            first: other.last + 1,
            ..self
        });
        apart.then_some(self).into_iter().chain(before).chain(after)
    }
}

/// A block as CIDR, any other range by its ends.
impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.bounds();
        let size = self.last - self.first;
        let is_block = size & size.wrapping_add(1) == 0 && self.first & size == 0;
        if !is_block {
            return write!(f, "{first}-{last}");
        }
        let bits = match self.family {
            Family::V4 => 32,
            Family::V6 => 128,
        };
        write!(f, "{first}/{}", bits - size.count_ones())
    }
}

/// The families of which these ranges together hold every address.
pub fn whole_families(ranges: &[Cidr]) -> Vec<Family> {
    [Family::V4, Family::V6]
        .into_iter()
        .filter(|family| is_whole(*family, ranges))
        .collect()
}

/// The families of which these ranges together hold at least half of the addresses, or every public one.
pub fn wide_families(ranges: &[Cidr]) -> Vec<Family> {
    [Family::V4, Family::V6]
        .into_iter()
        .filter(|family| holds_half(*family, ranges) || holds_public(*family, ranges))
        .collect()
}

fn holds_half(family: Family, ranges: &[Cidr]) -> bool {
    let mut held: u128 = 0;
    let mut next = 0;
    for range in sorted(family, ranges) {
        if range.last >= next {
            held = held.saturating_add((range.last - range.first.max(next)).saturating_add(1));
            next = range.last.saturating_add(1);
        }
    }
    held > family.last() / 2
}

/// Whether nothing but special-purpose blocks (RFC 6890) is kept out.
fn holds_public(family: Family, ranges: &[Cidr]) -> bool {
    const SPECIAL: [&str; 13] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    ];
    let special = SPECIAL.iter().filter_map(|block| block.parse().ok());
    let together: Vec<Cidr> = special.chain(ranges.iter().copied()).collect();
    is_whole(family, &together)
}

fn sorted(family: Family, ranges: &[Cidr]) -> Vec<Cidr> {
    let ranges = ranges.iter().filter(|range| range.family == family);
    let mut ranges: Vec<_> = ranges.copied().collect();
    ranges.sort_unstable();
    ranges
}

fn is_whole(family: Family, ranges: &[Cidr]) -> bool {
    let mut next = 0;
    for range in sorted(family, ranges) {
        if range.first > next {
            return false;
        }
        if range.last == family.last() {
            return true;
        }
        next = next.max(range.last + 1);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn halves_make_a_whole_and_exceptions_break_it() {
        let whole = |blocks: &[&str]| {
            let ranges: Vec<_> = blocks.iter().map(|block| cidr(block)).collect();
            whole_families(&ranges)
        };
        assert_eq!(whole(&["0.0.0.0/0"]), [Family::V4]);
        assert_eq!(whole(&["128.0.0.0/1", "0.0.0.0/1"]), [Family::V4]);
        assert_eq!(whole(&["0.0.0.0/1", "128.0.0.0/2"]), []);
        assert_eq!(whole(&["::/0", "0.0.0.0/0"]), [Family::V4, Family::V6]);
        assert_eq!(whole(&["8000::/1", "::/1"]), [Family::V6]);
        let left = cidr("0.0.0.0/0").without(&[cidr("10.0.0.0/8"), cidr("::/0")]);
        assert_eq!(left.len(), 2);
        assert_eq!(whole_families(&left), []);
        let rejoined: Vec<_> = left.into_iter().chain([cidr("10.0.0.0/8")]).collect();
        assert_eq!(whole_families(&rejoined), [Family::V4]);
    }

    #[test]
    fn half_of_the_addresses_or_all_public_ones_are_wide() {
        let wide = |blocks: &[&str], except: &[&str]| {
            let except: Vec<_> = except.iter().map(|block| cidr(block)).collect();
            let blocks = blocks.iter().map(|block| cidr(block));
            let left: Vec<_> = blocks.flat_map(|block| block.without(&except)).collect();
            wide_families(&left)
        };
        assert_eq!(wide(&["0.0.0.0/0"], &["203.0.113.7/32"]), [Family::V4]);
        assert_eq!(wide(&["0.0.0.0/1"], &[]), [Family::V4]);
        assert_eq!(wide(&["::/0"], &["fc00::/7"]), [Family::V6]);
        assert_eq!(wide(&["::/0"], &["::/1"]), [Family::V6]);
        assert_eq!(wide(&["0.0.0.0/2", "0.0.0.0/3", "64.0.0.0/3"], &[]), []);
        assert_eq!(wide(&["10.0.0.0/8"], &[]), []);
    }

    #[test]
    fn cuts_leave_no_address_out() {
        let atoms = Cidr::cut(&[cidr("10.0.0.0/8"), cidr("10.1.0.0/16"), cidr("::/0")]);
        let shown: Vec<String> = atoms.iter().map(Cidr::to_string).collect();
        assert_eq!(
            shown,
            [
                "0.0.0.0-9.255.255.255",
                "10.0.0.0/16",
                "10.1.0.0/16",
                "10.2.0.0-10.255.255.255",
                "11.0.0.0-255.255.255.255",
                "::/0",
            ]
        );
        let joined = atoms[0].joined(atoms[1]).unwrap();
        assert!(joined.holds(cidr("10.0.0.0/16")) && !joined.touches(atoms[2]));
        assert_eq!(atoms[0].joined(atoms[2]), None);
        assert_eq!(cidr("255.255.255.255/32").to_string(), "255.255.255.255/32");
        assert_eq!(atoms[4].joined(atoms[5]), None);
    }

    #[test]
    fn names_what_is_no_block() {
        for text in ["10.0.0.0", "10.0.0.0/33", "::/129", "x/8", "10.0.0/8", "/"] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
        assert_eq!(cidr("10.1.2.3/8"), cidr("10.0.0.0/8"));
    }
}
