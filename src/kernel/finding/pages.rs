//! Pages of rules: written beside each rule, and packed together into the program, a quarter of their size.

use std::collections::HashMap;
use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_zlib;

/// All of them: of each the key, the length and the text, as the build script packs them.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pages"));

/// The page of a rule, Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// As it is.
    Written(&'static str),
    /// Packed, by its key.
    Packed(u64),
}

impl Page {
    /// The page of this name in the folder of a source file.
    pub const fn beside(source: &str, name: &str) -> Self {
        let source = source.as_bytes();
        // Whatever stands before the folder of the sources depends on who builds.
        let mut start = 0;
        let mut end = 0;
        let mut at = 0;
        while at < source.len() {
            if source[at] == b'/' || source[at] == b'\\' {
                end = at + 1;
            }
            let is_name = at + 4 <= source.len()
                && source[at] == b's'
                && source[at + 1] == b'r'
                && source[at + 2] == b'c'
                && (source[at + 3] == b'/' || source[at + 3] == b'\\');
            if is_name && (at == 0 || end == at) {
                start = at + 4;
            }
            at += 1;
        }
        let mut key = FIRST;
        at = start;
        while at < end {
            let byte = if source[at] == b'\\' {
                b'/'
            } else {
                source[at]
            };
            key = mixed(key, byte);
            at += 1;
        }
        let name = name.as_bytes();
        at = 0;
        while at < name.len() {
            key = mixed(key, name[at]);
            at += 1;
        }
        Self::Packed(key)
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Written(text) => text,
            Self::Packed(key) => pages().get(&key).copied().unwrap_or_default(),
        }
    }
}

/// FNV-1a, which the build script mixes names with, too.
const FIRST: u64 = 0xcbf2_9ce4_8422_2325;

const fn mixed(key: u64, byte: u8) -> u64 {
    (key ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

/// The texts by their keys, unpacked once.
fn pages() -> &'static HashMap<u64, &'static str> {
    static PAGES: OnceLock<HashMap<u64, &'static str>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let all = decompress_to_vec_zlib(PACKED).unwrap_or_default();
        let mut rest: &'static [u8] = Vec::leak(all);
        let mut pages = HashMap::new();
        while let Some((key, after)) = rest.split_first_chunk::<8>()
            && let Some((length, after)) = after.split_first_chunk::<4>()
            && let Some((text, after)) =
                after.split_at_checked(u32::from_le_bytes(*length) as usize)
        {
            let text = std::str::from_utf8(text).unwrap_or_default();
            pages.insert(u64::from_le_bytes(*key), text);
            rest = after;
        }
        pages
    })
}

/// The page of this name beside the file in which it is named.
macro_rules! page {
    ($name:literal) => {{
        const PAGE: $crate::kernel::finding::Page =
            $crate::kernel::finding::Page::beside(file!(), $name);
        PAGE
    }};
}
pub(crate) use page;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_where_it_lies_among_the_sources() {
        let usual = Page::beside("src/a/b.rs", "x.md");
        for other in ["/x/src/me/src/a/b.rs", "src\\a\\c.rs", "../src/a/c.rs"] {
            assert_eq!(Page::beside(other, "x.md"), usual, "{other}");
        }
        assert_ne!(Page::beside("src/b/b.rs", "x.md"), usual);
        assert_ne!(Page::beside("src/a/b.rs", "y.md"), usual);
        assert_ne!(Page::beside("src/a/b.rs", "/x.md"), usual);
    }

    /// None is lost, and none is empty.
    #[test]
    fn every_page_is_packed() {
        let mut folders = vec![std::path::PathBuf::from("src")];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "md") {
                    let source = path.with_extension("rs");
                    let name = path.file_name().unwrap().to_str().unwrap();
                    let page = Page::beside(source.to_str().unwrap(), name);
                    let text = std::fs::read_to_string(&path).unwrap();
                    assert_eq!(page.text(), text, "{}", path.display());
                    found += 1;
                }
            }
        }
        assert_eq!(found, pages().len());
        assert!(found > 200, "{found}");
    }
}
