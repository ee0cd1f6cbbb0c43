//! Parts held against each other and against indexes, without any file.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Index, MAX_TENSORS, Set};
use crate::format::Header;
use crate::quantization::Tensor;
use crate::record::{Destination, DestinationClass, Facts, Import};

fn tensor(name: &str) -> Tensor {
    Tensor {
        name: name.into(),
        type_name: "F16",
        row: 8,
        dimensions: 1,
        elements: 8,
        bytes: 16,
    }
}

fn header(names: &[&str]) -> Header {
    Header {
        tensors: names.iter().copied().map(tensor).collect(),
        facts: Facts {
            parameters: Some(8),
            ..Facts::default()
        },
        ..Header::default()
    }
}

fn kinds(header: &Header) -> Vec<&'static str> {
    header
        .facts
        .anomalies
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect()
}

#[test]
fn what_the_first_part_states_counts_and_what_others_bring_is_added() {
    let destination = |value: &str| Destination {
        class: DestinationClass::Literal,
        value: value.to_owned(),
        source: "__metadata__.home".to_owned(),
        offset: None,
    };
    let import = |name: &str| Import {
        name: name.to_owned(),
        is_known: true,
        offset: None,
    };
    let part = |license: Option<&str>, url: &str, name: &str| {
        let mut header = header(&[]);
        header.facts.license = license.map(str::to_owned);
        header.facts.destinations = vec![destination("https://a.example"), destination(url)];
        header.facts.imports = vec![import("a.b"), import(name)];
        header
    };
    let mut set = Set::default();
    set.add(
        "1",
        Some("safetensors"),
        part(None, "https://b.example", "c.d"),
    );
    set.add(
        "2",
        Some("safetensors"),
        part(Some("mit"), "https://c.example", "e.f"),
    );
    set.add(
        "3",
        Some("safetensors"),
        part(Some("gpl"), "https://b.example", "c.d"),
    );

    let facts = set.finish().facts;

    assert_eq!(facts.license.as_deref(), Some("mit"));
    assert_eq!(facts.parameters, Some(24));
    let names: Vec<_> = facts
        .imports
        .iter()
        .map(|import| import.name.as_str())
        .collect();
    assert_eq!(names, ["a.b", "c.d", "e.f"]);
    let found: Vec<_> = facts
        .destinations
        .iter()
        .map(|each| (each.value.as_str(), each.source.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("https://a.example", "__metadata__.home"),
            ("https://b.example", "__metadata__.home"),
            ("https://c.example", "2: __metadata__.home"),
        ]
    );
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn more_tensors_than_are_held_are_not_examined() {
    let many = |from: usize, to: usize| Header {
        tensors: (from..to).map(|index| tensor(&index.to_string())).collect(),
        ..header(&[])
    };
    let mut most = Set::default();
    most.add("1", Some("safetensors"), many(0, MAX_TENSORS - 1));
    most.add("2", Some("safetensors"), many(MAX_TENSORS - 1, MAX_TENSORS));
    let mut over = Set::default();
    over.add("1", Some("safetensors"), many(0, MAX_TENSORS - 1));
    over.add(
        "2",
        Some("safetensors"),
        many(MAX_TENSORS - 1, MAX_TENSORS + 1),
    );

    assert_eq!(kinds(&most.finish()), [""; 0]);
    assert_eq!(kinds(&over.finish()), ["limit-tensors"]);
}

#[test]
fn what_is_found_is_listed_up_to_a_limit() {
    let names: Vec<String> = (0..200).map(|index| format!("t{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut set = Set::default();
    set.add("1.safetensors", Some("safetensors"), header(&names));
    set.compare(
        "index",
        Index::read(br#"{"weight_map": {"t0": "1.safetensors"}}"#),
    );

    let found = kinds(&set.finish());

    assert_eq!(found.len(), 101);
    assert_eq!(found.first(), Some(&"unmapped-tensor"));
    assert_eq!(found.last(), Some(&"limit-anomalies"));
}

/// What is wrong by the plainest way to find it.
fn plainly(
    places: &[(String, usize)],
    map: &BTreeMap<String, usize>,
    parts: usize,
) -> Vec<&'static str> {
    let mut found = Vec::new();
    let names: std::collections::BTreeSet<&String> = places
        .iter()
        .map(|(name, _)| name)
        .chain(map.keys())
        .collect();
    for name in names {
        let owners: std::collections::BTreeSet<usize> = places
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, part)| *part)
            .collect();
        match map.get(name) {
            None => found.push("unmapped-tensor"),
            Some(part) if owners.is_empty() && *part < parts => found.push("missing-tensor"),
            Some(part) if !owners.is_empty() && !owners.contains(part) => {
                found.push("misplaced-tensor");
            }
            Some(_) => {}
        }
        found.extend(owners.iter().skip(1).map(|_| "duplicate-tensor"));
    }
    found.sort_unstable();
    found
}

proptest! {
    #[test]
    fn places_are_compared_as_the_plainest_way_does(
        places in proptest::collection::btree_set(("[a-f]", 0_usize..3), 0..9),
        map in proptest::collection::btree_map("[a-f]", 0_usize..4, 1..7),
    ) {
        let places: Vec<(String, usize)> = places.into_iter().collect();
        let mut set = Set::default();
        for part in 0..3 {
            let names: Vec<&str> = places
                .iter()
                .filter(|(_, owner)| *owner == part)
                .map(|(name, _)| name.as_str())
                .collect();
            set.add(&format!("{part}.bin"), Some("pytorch"), header(&names));
        }
        let weights: BTreeMap<&String, String> =
            map.iter().map(|(name, part)| (name, format!("{part}.bin"))).collect();
        let json = serde_json::json!({"weight_map": weights}).to_string();
        set.compare("index", Index::read(json.as_bytes()));

        let whole = set.finish();
        let mut found = kinds(&whole);
        found.retain(|kind| *kind != "missing-file");
        found.sort_unstable();
        prop_assert_eq!(found, plainly(&places, &map, 3));
        prop_assert_eq!(whole.tensors.len(), places.len());
    }

    #[test]
    fn tensors_in_any_parts_are_the_tensors_of_the_whole(
        owners in proptest::collection::vec(0_usize..4, 0..20),
    ) {
        let names: Vec<String> = (0..owners.len()).map(|index| format!("t{index:02}")).collect();
        let mut set = Set::default();
        let mut map = BTreeMap::new();
        for part in 0..4 {
            let file = format!("m-{:05}-of-00004.safetensors", part + 1);
            let of_part: Vec<&str> = names
                .iter()
                .zip(&owners)
                .filter(|(_, owner)| **owner == part)
                .map(|(name, _)| name.as_str())
                .collect();
            map.extend(of_part.iter().map(|name| ((*name).to_owned(), file.clone())));
            set.add(&file, Some("safetensors"), header(&of_part));
        }
        if !map.is_empty() {
            let size = 16 * owners.len();
            let json = serde_json::json!({"metadata": {"total_size": size}, "weight_map": map});
            set.compare("index", Index::read(json.to_string().as_bytes()));
        }

        let whole = set.finish();
        prop_assert_eq!(kinds(&whole), Vec::<&str>::new());
        let mut held: Vec<String> = whole.tensors.iter().map(|t| t.name.to_string()).collect();
        held.sort();
        prop_assert_eq!(held, names);
    }
}
