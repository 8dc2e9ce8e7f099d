//! The compact protocol of Thrift, as far as Parquet's footer and page headers need it.
//!
//! Nothing is allocated for a length that is only claimed: a list is walked element by element, each at least a byte.

use super::Defect;

/// The deepest nesting of what is passed over.
const MAX_DEPTH: u32 = 32;

/// Bytes in the compact protocol.
#[derive(Debug, Clone)]
pub(super) struct Thrift<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// The type of a field or of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    True,
    False,
    Byte,
    Integer,
    Double,
    Binary,
    List,
    Map,
    Struct,
}

impl Kind {
    fn new(nibble: u8) -> Result<Self, Defect> {
        Ok(match nibble {
            1 => Self::True,
            2 => Self::False,
            3 => Self::Byte,
            4..=6 => Self::Integer,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            _ => return Err(Defect("a field of an unknown type")),
        })
    }
}

const CUT: Defect = Defect("it ends inside a header");
const WRONG: Defect = Defect("a field is not of its type");

impl<'b> Thrift<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How much was read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Result<u8, Defect> {
        let byte = self.bytes.get(self.at).copied().ok_or(CUT)?;
        self.at += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> Result<u64, Defect> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Defect("a number of too many bytes"))
    }

    /// A signed number.
    pub(super) fn integer(&mut self, kind: Kind) -> Result<i64, Defect> {
        match kind {
            Kind::Byte => Ok(i64::from(i8::from_ne_bytes([self.byte()?]))),
            Kind::Integer => {
                let value = self.varint()?;
                Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
            }
            _ => Err(WRONG),
        }
    }

    /// A number that counts or measures.
    pub(super) fn size(&mut self, kind: Kind) -> Result<u64, Defect> {
        u64::try_from(self.integer(kind)?).map_err(|_| Defect("a size below zero"))
    }

    /// A truth value that stands in its field's type.
    pub(super) fn truth(kind: Kind) -> Result<bool, Defect> {
        match kind {
            Kind::True => Ok(true),
            Kind::False => Ok(false),
            _ => Err(WRONG),
        }
    }

    pub(super) fn text(&mut self, kind: Kind) -> Result<&'b str, Defect> {
        if kind != Kind::Binary {
            return Err(WRONG);
        }
        let length = usize::try_from(self.varint()?).map_err(|_| CUT)?;
        let end = self.at.checked_add(length).ok_or(CUT)?;
        let bytes = self.bytes.get(self.at..end).ok_or(CUT)?;
        self.at = end;
        std::str::from_utf8(bytes).map_err(|_| Defect("a name that is not UTF-8"))
    }

    /// The kind and the number of the elements that follow.
    pub(super) fn list(&mut self, kind: Kind) -> Result<(Kind, u64), Defect> {
        if kind != Kind::List {
            return Err(WRONG);
        }
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        Ok((Kind::new(head & 15)?, count))
    }

    /// Goes through the fields of a struct: `each` reads a field and says so, or leaves it to be passed over.
    pub(super) fn fields(
        &mut self,
        kind: Kind,
        mut each: impl FnMut(&mut Self, i64, Kind) -> Result<bool, Defect>,
    ) -> Result<(), Defect> {
        if kind != Kind::Struct {
            return Err(WRONG);
        }
        let mut id = 0_i64;
        loop {
            let Some(kind) = self.field(&mut id)? else {
                return Ok(());
            };
            let before = self.at;
            if !each(self, id, kind)? {
                self.at = before;
                self.skip(kind, MAX_DEPTH)?;
            }
        }
    }

    /// The head of the next field; none at the end of the struct.
    fn field(&mut self, id: &mut i64) -> Result<Option<Kind>, Defect> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        *id = match head >> 4 {
            0 => self.integer(Kind::Integer)?,
            delta => id.saturating_add(i64::from(delta)),
        };
        Kind::new(head & 15).map(Some)
    }

    fn skip(&mut self, kind: Kind, depth: u32) -> Result<(), Defect> {
        let depth = depth
            .checked_sub(1)
            .ok_or(Defect("it is nested too deeply"))?;
        match kind {
            Kind::True | Kind::False => {}
            Kind::Byte => drop(self.byte()?),
            Kind::Integer => drop(self.varint()?),
            Kind::Double => self.pass(8)?,
            Kind::Binary => {
                let length = self.varint()?;
                self.pass(length)?;
            }
            Kind::List => {
                let (of, count) = self.list(kind)?;
                for _element in 0..count {
                    self.element(of, depth)?;
                }
            }
            Kind::Map => {
                let count = self.varint()?;
                if count > 0 {
                    let kinds = self.byte()?;
                    let (key, value) = (Kind::new(kinds >> 4)?, Kind::new(kinds & 15)?);
                    for _entry in 0..count {
                        self.element(key, depth)?;
                        self.element(value, depth)?;
                    }
                }
            }
            Kind::Struct => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth)?;
                }
            }
        }
        Ok(())
    }

    // A truth value in a list or a map is a byte of its own.
    fn element(&mut self, kind: Kind, depth: u32) -> Result<(), Defect> {
        match kind {
            Kind::True | Kind::False => self.pass(1),
            other => self.skip(other, depth),
        }
    }

    fn pass(&mut self, length: u64) -> Result<(), Defect> {
        let length = usize::try_from(length).map_err(|_| CUT)?;
        let end = self.at.checked_add(length).ok_or(CUT)?;
        if end > self.bytes.len() {
            return Err(CUT);
        }
        self.at = end;
        Ok(())
    }
}
