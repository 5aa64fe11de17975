//! What the heads of many picture files say: paths in, the number of files of each format and the sides out.

use std::collections::BTreeMap;
use std::path::Path;

use models::picture::{PictureHead, UnsupportedPicture, read_picture_head};
use rayon::prelude::*;

use crate::data::listing::listing::Listing;

/// Returns the head of each picture of `listing`; `None` of one whose head can't be read.
pub(super) fn of(listing: &Listing) -> Vec<Option<PictureHead>> {
    let head = |picture: &Path| read_picture_head(&listing.root.join(picture)).ok();
    listing.pictures.par_iter().map(|picture| head(&picture.path)).collect()
}

/// Returns the number of files of each format.
pub(super) fn formats(heads: &[Option<PictureHead>]) -> BTreeMap<&'static str, usize> {
    let mut formats = BTreeMap::new();
    heads.iter().flatten().for_each(|head| *formats.entry(head.format).or_default() += 1);
    formats
}

/// Returns the number of files in each format that is not read, by their first bytes, or else by their names.
pub(super) fn unsupported<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a Path>,
) -> BTreeMap<&'static str, usize> {
    let mut formats = BTreeMap::new();
    for path in paths {
        let by_head = || UnsupportedPicture::of_head(&first_bytes(&root.join(path))?);
        let format = by_head().or_else(|| UnsupportedPicture::of_name(path));
        *formats.entry(format.map_or("other", UnsupportedPicture::name)).or_default() += 1;
    }
    formats
}

/// Returns those files that are of a format that is not read by their first bytes and not by their names: what looks for names
/// passes them over.
pub(super) fn misnamed<'a>(root: &Path, paths: impl Iterator<Item = &'a Path>) -> Vec<&'a Path> {
    let is_misnamed = |path: &&Path| {
        let format = first_bytes(&root.join(path)).and_then(|head| UnsupportedPicture::of_head(&head));
        format.is_some() && format != UnsupportedPicture::of_name(path)
    };
    paths.filter(is_misnamed).collect()
}

fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, 64), &mut head).ok()?;
    Some(head)
}
