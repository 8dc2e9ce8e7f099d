//! Sets of ports of TCP, UDP and SCTP, as intervals.

use std::fmt;

/// A protocol that policies know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP, the default of every port.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// The name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }

    /// The protocol of a name in manifests.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    /// Where its ports begin on the one line that holds the ports of all protocols.
    fn base(self) -> u32 {
        (self as u32) << 16
    }
}

/// A set of ports, each with its protocol: sorted inclusive intervals that do not touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortSet(Vec<(u32, u32)>);

impl PortSet {
    /// No port, as a constant.
    pub(crate) const EMPTY: Self = Self(Vec::new());

    /// No port.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every port of every protocol.
    pub fn all() -> Self {
        let whole = |protocol: Protocol| (protocol.base() + 1, protocol.base() + 0xffff);
        Self(Protocol::ALL.map(whole).to_vec())
    }

    /// The ports from `first` to `last` of a protocol. Port 0 is no port.
    pub fn range(protocol: Protocol, first: u16, last: u16) -> Self {
        let first = first.max(1);
        if first > last {
            return Self::none();
        }
        Self(vec![(
            protocol.base() + u32::from(first),
            protocol.base() + u32::from(last),
        )])
    }

    /// Every port of a protocol.
    pub fn whole(protocol: Protocol) -> Self {
        Self::range(protocol, 1, u16::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these are all ports there are.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// Whether a port is in the set.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        let at = protocol.base() + u32::from(port);
        self.0
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&at))
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all: Vec<_> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match joined.last_mut() {
                // Port 0 of the next protocol is in no set, so that protocols never join.
                Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        for (first, last) in &self.0 {
            for (other_first, other_last) in &other.0 {
                let (from, to) = (*first.max(other_first), *last.min(other_last));
                if from <= to {
                    both.push((from, to));
                }
            }
        }
        Self(both)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (first, last) in &self.0 {
            let mut next = *first;
            for (cut_first, cut_last) in &other.0 {
                if *cut_last < next || cut_first > last {
                    continue;
                }
                if *cut_first > next {
                    left.push((next, cut_first - 1));
                }
                next = cut_last + 1;
            }
            if next <= *last {
                left.push((next, *last));
            }
        }
        Self(left)
    }

    /// Whether every port of this set is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.minus(other).is_empty()
    }

    /// The intervals, by protocol and first port.
    pub fn ranges(&self) -> impl Iterator<Item = (Protocol, u16, u16)> {
        self.0.iter().filter_map(|(first, last)| {
            let protocol = Protocol::ALL
                .into_iter()
                .find(|protocol| protocol.base() >> 16 == first >> 16)?;
            let port = |at: u32| u16::try_from(at & 0xffff).ok();
            Some((protocol, port(*first)?, port(*last)?))
        })
    }
}

/// `every port`, `TCP 8443`, `every UDP port`, `TCP 80, 8000-8010 and UDP 53`.
impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no port");
        }
        if self.is_all() {
            return f.write_str("every port");
        }
        let mut before: Option<Protocol> = None;
        for (protocol, first, last) in self.ranges() {
            match before {
                Some(same) if same == protocol => f.write_str(", ")?,
                Some(_) => f.write_str(" and ")?,
                None => {}
            }
            let (is_new, is_whole) = (before != Some(protocol), (first, last) == (1, u16::MAX));
            match (is_new, is_whole, first == last) {
                (_, true, _) => write!(f, "every {} port", protocol.name())?,
                (true, _, true) => write!(f, "{} {first}", protocol.name())?,
                (true, _, false) => write!(f, "{} {first}-{last}", protocol.name())?,
                (false, _, true) => write!(f, "{first}")?,
                (false, _, false) => write!(f, "{first}-{last}")?,
            }
            before = Some(protocol);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn small() -> impl Strategy<Value = Vec<(usize, u16, u16)>> {
        prop::collection::vec((0_usize..3, 1_u16..24, 0_u16..8), 0..5)
    }

    fn set(parts: &[(usize, u16, u16)]) -> PortSet {
        parts
            .iter()
            .fold(PortSet::none(), |set, (protocol, first, length)| {
                set.union(&PortSet::range(
                    Protocol::ALL[*protocol],
                    *first,
                    first + length,
                ))
            })
    }

    proptest! {
        #[test]
        fn sets_behave_port_by_port(a in small(), b in small()) {
            let (a, b) = (set(&a), set(&b));
            for protocol in Protocol::ALL {
                for port in 0..40 {
                    let (in_a, in_b) = (a.contains(protocol, port), b.contains(protocol, port));
                    prop_assert_eq!(a.union(&b).contains(protocol, port), in_a || in_b);
                    prop_assert_eq!(a.intersection(&b).contains(protocol, port), in_a && in_b);
                    prop_assert_eq!(a.minus(&b).contains(protocol, port), in_a && !in_b);
                }
            }
            prop_assert_eq!(a.union(&b), b.union(&a));
            prop_assert_eq!(a.minus(&b).union(&a.intersection(&b)), a.clone());
            prop_assert!(a.intersection(&b).is_within(&b));
            prop_assert!(PortSet::all().minus(&a).union(&a).is_all());
        }
    }

    #[test]
    fn sets_read_like_sentences() {
        let web = PortSet::range(Protocol::Tcp, 80, 80);
        let more = PortSet::range(Protocol::Tcp, 8000, 8010);
        let dns = PortSet::range(Protocol::Udp, 53, 53);
        assert_eq!(
            web.union(&more).union(&dns).to_string(),
            "TCP 80, 8000-8010 and UDP 53"
        );
        assert_eq!(PortSet::all().to_string(), "every port");
        assert_eq!(PortSet::whole(Protocol::Udp).to_string(), "every UDP port");
        assert_eq!(PortSet::none().to_string(), "no port");
        assert_eq!(PortSet::range(Protocol::Tcp, 0, 0), PortSet::none());
    }
}
