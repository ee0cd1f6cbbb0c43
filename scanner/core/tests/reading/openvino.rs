//! `OpenVINO` models: what is read of valid ones, and every malformation by name.

use std::fs;
use std::path::Path;

use lbom_scanner::format::openvino::read;
use lbom_scanner::format::{Header, name_agrees, recognise};
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Port, Property, QuantizationVerdict, Record};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::{kinds, rules};

fn header(text: &str) -> Header {
    read(&mut Reader::new(&text.as_bytes()))
}

fn net(layers: &str, rest: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<net name=\"a &gt; b\" version=\"11\">\n<layers>{layers}</layers>\
         <edges/>{rest}</net>\n"
    )
}

fn layer(kind: &str, set: &str, data: &str) -> String {
    format!(r#"<layer id="1" name="w" type="{kind}" version="{set}"><data {data}/></layer>"#)
}

fn constant(kind: &str, shape: &str, offset: &str, size: &str) -> String {
    let data = format!(r#"element_type="{kind}" shape="{shape}" offset="{offset}" size="{size}""#);
    layer("Const", "opset1", &data)
}

/// Eight rows of eight weights of four bits, their scales, and a multiplication.
pub(crate) fn valid() -> String {
    let layers = [
        constant("u4", "8, 8", "0", "32"),
        constant("f16", "8, 1", "32", "16"),
        constant("i64", "2", "48", "16"),
        layer("Multiply", "opset1", "auto_broadcast='numpy'"),
        layer("MyOp", "extension", ""),
        layer(
            "Parameter",
            "opset1",
            r#"shape="-1,3,1..224" element_type="f32""#,
        ),
        layer("Result", "opset1", ""),
    ];
    let rest = r#"<rt_info><nncf><weight_compression><mode value="int4_asym"/></weight_compression>
        </nncf><origin value="https://example.org/"/><Runtime_version value="2024.6.0-17404"/>
        <conversion_parameters><framework value="pytorch"/></conversion_parameters></rt_info>"#;
    net(&layers.concat(), rest)
}

#[test]
fn constants_operators_and_urls_are_read() {
    let header = header(&valid());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("11"));
    assert_eq!(
        header.facts.operators,
        [
            ("Const".to_owned(), 3),
            ("Multiply".to_owned(), 1),
            ("Parameter".to_owned(), 1),
            ("Result".to_owned(), 1),
            ("extension:MyOp".to_owned(), 1)
        ]
    );
    let port = Port {
        name: "w".to_owned(),
        ..Port::default()
    };
    let input = Port {
        element_type: Some("F32".to_owned()),
        shape: Some(["?", "3", "1..224"].map(str::to_owned).into()),
        ..port.clone()
    };
    assert_eq!(header.facts.inputs, [input]);
    assert_eq!(header.facts.outputs, [port]);
    assert_eq!(
        header.facts.properties,
        [
            (Property::Name, "a > b".to_owned()),
            (Property::Producer, "openvino 2024.6.0-17404".to_owned()),
            (Property::Framework, "pytorch".to_owned()),
            (
                Property::Metadata,
                "nncf.weight_compression.mode=int4_asym".to_owned()
            ),
            (Property::Metadata, "origin=https://example.org/".to_owned()),
        ]
    );
    assert_eq!(header.facts.parameters, Some(74));
    let tensors: Vec<_> = header
        .tensors
        .iter()
        .map(|t| (t.type_name, t.row, t.dimensions, t.elements, t.bytes))
        .collect();
    assert_eq!(
        tensors,
        [
            ("uint4", 8, 2, 64, 32),
            ("F16", 1, 2, 8, 16),
            ("I64", 2, 1, 2, 16)
        ]
    );
    let urls: Vec<_> = header
        .facts
        .destinations
        .iter()
        .map(|d| &*d.value)
        .collect();
    assert_eq!(urls, ["https://example.org/"]);
    let quantization = assess(&header.tensors, &header.claims);
    assert_eq!(quantization.label.as_deref(), Some("uint4"));
    assert_eq!(quantization.verdict, QuantizationVerdict::Consistent);
    let twin = header
        .twin
        .map(|twin| twin.beside(Path::new("a/model.xml")));
    let twin = twin.map(|twin| (twin.location, twin.end));
    assert_eq!(twin, Some(("model.bin".to_owned(), 64)));
}

#[test]
fn weights_that_layers_share_are_counted_once() {
    let shared = constant("f32", "2, 2", "0", "16").repeat(2);

    assert_eq!(header(&net(&shared, "")).facts.parameters, Some(4));
}

#[test]
fn a_compression_that_no_constant_shows_is_contradicted() {
    let rest = r#"<rt_info><nncf><weight_compression><mode value="int8_sym"/></weight_compression>
        </nncf></rt_info>"#;
    let header = header(&net(&constant("f32", "4, 4", "0", "64"), rest));

    let quantization = assess(&header.tensors, &header.claims);

    let claims: Vec<_> = quantization
        .claims
        .iter()
        .map(|claim| (&*claim.value, claim.verdict))
        .collect();
    assert_eq!(claims, [("int8", QuantizationVerdict::Contradicted)]);
}

#[test]
fn what_does_not_fit_is_found() {
    let whole = |layer: String| net(&layer, "");
    let version = |version: &str| valid().replace("\"11\"", &format!("\"{version}\""));
    for (text, kind) in [
        (whole(constant("f32", "2, 2", "0", "15")), "wrong-size"),
        (
            whole(constant("f32", "2, x", "0", "16")),
            "missing-attribute",
        ),
        (
            whole(constant("f32", "2, 2", "-1", "16")),
            "missing-attribute",
        ),
        (
            whole(constant("f32", "2, 2", "", "16")),
            "missing-attribute",
        ),
        (
            whole(constant("q8", "2, 2", "0", "16")),
            "unknown-tensor-type",
        ),
        (
            whole(constant("f32", "2, 2", &u64::MAX.to_string(), "16")),
            "size-overflow",
        ),
        (
            whole(constant("f32", &format!("{0}, {0}", u64::MAX), "0", "16")),
            "size-overflow",
        ),
        (version("12"), "unknown-version"),
        (version("7"), "unknown-version"),
        ("<network version=\"11\"/>".to_owned(), "wrong-root"),
        (valid().replace("</layers>", ""), "broken-xml"),
    ] {
        assert_eq!(kinds(&header(&text)), [kind], "{text}");
    }
}

#[test]
fn entities_and_document_types_are_refused() {
    let bomb = valid().replace(
        "<net ",
        "<!DOCTYPE net [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><net ",
    );
    let reference = valid().replace("a &gt; b", "&x;");

    assert_eq!(kinds(&header(&bomb)), ["document-type"]);
    assert_eq!(rules(&header(&bomb)), [AnomalyRule::MalformedHeader]);
    assert_eq!(kinds(&header(&reference)), ["entity"]);
}

#[test]
fn a_model_is_known_by_its_content_and_other_xml_is_none() {
    let format = |text: &str, name: &str| {
        let size = u64::try_from(text.len()).unwrap_or(0);
        recognise(text.as_bytes(), size, Path::new(name)).map(|format| format.name)
    };

    assert_eq!(format(&valid(), "model.xml"), Some("openvino"));
    assert_eq!(format(&valid(), "model.txt"), Some("openvino"));
    assert_eq!(format("<net name=\"x\"><host/></net>", "net.xml"), None);
    assert_eq!(
        format("<project version=\"1\"><layers/></project>", "pom.xml"),
        None
    );
    assert_eq!(name_agrees(Path::new("model.xml"), "openvino"), Some(true));
    assert_eq!(name_agrees(Path::new("model.txt"), "openvino"), Some(false));
    assert!(!lbom_scanner::format::has_model_suffix(Path::new(
        "pom.xml"
    )));
}

#[test]
fn the_weights_beside_a_model_are_digested_with_it() -> std::io::Result<()> {
    let directory = Directory::new()?;
    let model = directory.path().join("model.xml");
    fs::write(&model, valid())?;
    let scanned = |bytes: Option<usize>| {
        let weights = directory.path().join("model.bin");
        let _ = fs::remove_file(&weights);
        if let Some(bytes) = bytes {
            fs::write(&weights, vec![0; bytes])?;
        }
        let options = Options {
            root: directory.path().to_owned(),
            jobs: 1,
        };
        std::io::Result::Ok(scan(std::slice::from_ref(&model), &options, &|| false))
    };
    let told = |records: Vec<Record>| match records.as_slice() {
        [Record::Fingerprint(found)] => (
            found
                .facts
                .anomalies
                .iter()
                .map(|a| a.kind)
                .collect::<Vec<_>>(),
            found.companions.iter().map(|c| c.size).collect::<Vec<_>>(),
        ),
        _ => (vec!["no record"], vec![]),
    };

    assert_eq!(told(scanned(Some(64))?), (vec![], vec![64]));
    assert_eq!(
        told(scanned(Some(63))?),
        (vec!["external-data-too-short"], vec![63])
    );
    assert_eq!(
        told(scanned(None)?),
        (vec!["missing-external-data"], vec![])
    );
    Ok(())
}
