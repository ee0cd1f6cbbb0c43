//! Files beside the weights: what they add to what is known of a model.

use std::io;
use std::path::PathBuf;

use lbom_scanner::record::{AnomalyRule, Fingerprint, Record};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;
use crate::safetensors_writer;

/// The fingerprint of weights in a directory of these files.
fn fingerprint(weights: &str, bytes: &[u8], files: &[(&str, &str)]) -> io::Result<Fingerprint> {
    let directory = Directory::new()?;
    directory.write(weights, bytes)?;
    for (name, text) in files {
        directory.write(name, text)?;
    }
    let options = Options {
        root: directory.path().into(),
        jobs: 1,
    };
    match scan(&[directory.join(weights)], &options, &|| false).pop() {
        Some(Record::Fingerprint(found)) => Ok(*found),
        _ => Err(io::ErrorKind::Other.into()),
    }
}

fn beside_safetensors(files: &[(&str, &str)]) -> io::Result<Fingerprint> {
    fingerprint("model.safetensors", &safetensors_writer::valid(), files)
}

/// Rule, kind and place of each anomaly.
fn anomalies(found: &Fingerprint) -> Vec<(AnomalyRule, &'static str, String)> {
    let anomalies = found.facts.anomalies.iter();
    anomalies
        .map(|anomaly| (anomaly.rule, anomaly.kind, anomaly.within.join(" > ")))
        .collect()
}

fn names(found: &Fingerprint) -> Vec<String> {
    let paths = found.companions.iter().map(|companion| &companion.path);
    paths
        .map(|path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn code_that_loading_runs_is_found_wherever_it_is_named() -> io::Result<()> {
    for (file, json, kind, place) in [
        (
            "config.json",
            r#"{"auto_map": {"AutoModel": "modeling_x.Model"}}"#,
            "auto-map",
            "auto_map.AutoModel",
        ),
        (
            "config.json",
            r#"{"text_config": {"auto_map": {"AutoConfig": "org/name--configuration_x.Config"}}}"#,
            "auto-map",
            "text_config.auto_map.AutoConfig",
        ),
        (
            "config.json",
            r#"{"custom_pipelines": {"pair": {"impl": "pair.Pipeline", "pt": ["AutoModel"]}}}"#,
            "custom-pipeline",
            "custom_pipelines.pair.impl",
        ),
        (
            "tokenizer_config.json",
            r#"{"auto_map": {"AutoTokenizer": ["tokenization_x.Tokenizer", null]}}"#,
            "auto-map",
            "auto_map.AutoTokenizer.0",
        ),
        (
            "preprocessor_config.json",
            r#"{"auto_map": {"AutoImageProcessor": "processing_x.Processor"}}"#,
            "auto-map",
            "auto_map.AutoImageProcessor",
        ),
        (
            "modules.json",
            r#"[{"type": "sentence_transformers.models.Pooling"}, {"type": "custom_st.Transformer"}]"#,
            "foreign-module",
            "1.type",
        ),
        (
            "adapter_config.json",
            r#"{"auto_mapping": {"base_model_class": "M", "parent_library": "transformers_modules.x"}}"#,
            "auto-mapping",
            "auto_mapping.parent_library",
        ),
        (
            "config_sentence_transformers.json",
            r#"{"model_kwargs": {"trust_remote_code": true}}"#,
            "trust-remote-code",
            "model_kwargs.trust_remote_code",
        ),
    ] {
        let found = beside_safetensors(&[(file, json)])?;

        let expected = (AnomalyRule::RemoteCode, kind, format!("{file} > {place}"));
        assert_eq!(anomalies(&found), [expected], "{json}");
        assert_eq!(names(&found), [file]);
    }
    Ok(())
}

#[test]
fn a_message_says_where_the_code_is() -> io::Result<()> {
    let found = beside_safetensors(&[(
        "config.json",
        r#"{"auto_map": {"AutoModel": "modeling_x.Model",
                         "AutoConfig": "org/name--configuration_x.Config"}}"#,
    )])?;
    let messages: Vec<_> = found
        .facts
        .anomalies
        .iter()
        .map(|a| a.message.as_str())
        .collect();

    assert_eq!(
        messages,
        [
            "the class `modeling_x.Model` is code beside the weights; only classes of the library \
             itself load without running it",
            "the class `configuration_x.Config` is code of the repository `org/name`; only classes \
             of the library itself load without running code that is fetched",
        ]
    );
    Ok(())
}

#[test]
fn classes_of_the_libraries_themselves_are_no_code() -> io::Result<()> {
    let found = beside_safetensors(&[
        (
            "config.json",
            r#"{"architectures": ["LlamaForCausalLM"], "auto_map": null}"#,
        ),
        (
            "modules.json",
            r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]"#,
        ),
        (
            "adapter_config.json",
            r#"{"auto_mapping": {"base_model_class": "GPTNeoXForCausalLM",
                "parent_library": "transformers.models.gpt_neox.modeling_gpt_neox"}}"#,
        ),
        (
            "tokenizer_config.json",
            r#"{"tokenizer_class": "LlamaTokenizer"}"#,
        ),
    ])?;

    assert_eq!(anomalies(&found), []);
    assert_eq!(
        names(&found),
        [
            "config.json",
            "adapter_config.json",
            "tokenizer_config.json",
            "modules.json"
        ]
    );
    Ok(())
}

#[test]
fn code_beside_the_weights_is_a_companion() -> io::Result<()> {
    let found = beside_safetensors(&[
        (
            "config.json",
            r#"{"auto_map": {"AutoModel": "modeling_x.Model", "AutoConfig": "../../etc/y.C",
                             "AutoTokenizer": "gone.T"}}"#,
        ),
        ("modeling_x.py", "import os"),
        ("other.py", ""),
    ])?;

    assert_eq!(names(&found), ["config.json", "modeling_x.py"]);
    Ok(())
}

#[test]
fn an_adapter_says_what_it_is_for() -> io::Result<()> {
    let found = fingerprint(
        "adapter_model.safetensors",
        &safetensors_writer::valid(),
        &[(
            "adapter_config.json",
            r#"{"base_model_name_or_path": "meta-llama/Llama-3.1-8B", "peft_type": "LORA",
                "r": 16, "lora_alpha": 32}"#,
        )],
    )?;

    assert_eq!(found.facts.base_models, ["meta-llama/Llama-3.1-8B"]);
    assert_eq!(found.facts.architecture.as_deref(), Some("LORA"));
    assert_eq!(
        found.facts.hyperparameters,
        [("lora_rank".to_owned(), 16), ("lora_alpha".to_owned(), 32)]
    );
    Ok(())
}

#[test]
fn a_model_card_says_licence_and_base_model() -> io::Result<()> {
    for (card, license, source, base) in [
        (
            "---\nlanguage: en\nlicense: apache-2.0 # SPDX\nbase_model:\n- org/one\n- 'org/two'\n---\nlicense: mit",
            Some("apache-2.0"),
            Some("README.md: license"),
            vec!["org/one", "org/two"],
        ),
        (
            "---\r\nlicense: other\r\nlicense_name: \"llama3.1\"\r\nbase_model: [a/b, c/d]\r\n---\r\n",
            Some("llama3.1"),
            Some("README.md: license_name"),
            vec!["a/b", "c/d"],
        ),
        (
            "---\nlicense:\n- mit\n- apache-2.0\n---\n",
            Some("mit, apache-2.0"),
            Some("README.md: license"),
            vec![],
        ),
        ("# Title\nlicense: mit", None, None, vec![]),
    ] {
        let found = beside_safetensors(&[("README.md", card)])?;

        assert_eq!(found.facts.license.as_deref(), license, "{card}");
        assert_eq!(found.facts.license_source.as_deref(), source);
        assert_eq!(found.facts.base_models, base);
        assert_eq!(names(&found).len(), usize::from(license.is_some()));
    }
    Ok(())
}

#[test]
fn what_the_weights_say_themselves_counts() -> io::Result<()> {
    let weights = Gguf::llama().pair("general.license", "mit").bytes();
    let found = fingerprint(
        "m.gguf",
        &weights,
        &[
            ("README.md", "---\nlicense: apache-2.0\n---\n"),
            (
                "config.json",
                r#"{"model_type": "other", "torch_dtype": "bfloat16"}"#,
            ),
        ],
    )?;

    assert_eq!(found.facts.license.as_deref(), Some("mit"));
    assert_eq!(found.facts.architecture.as_deref(), Some("llama"));
    assert_eq!(found.facts.quantization.claims, []);
    Ok(())
}

#[test]
fn files_that_are_not_about_a_model_are_no_companions() -> io::Result<()> {
    let weights = Gguf::llama().bytes();
    let found = fingerprint(
        "m.gguf",
        &weights,
        &[
            (
                "README.md",
                "---\ntitle: Home\nurl: https://example.org\n---\n",
            ),
            ("config.json", "// a program's own\n{\"port\": 80}"),
            ("modules.json", r#"{"a": ["https://example.org"]}"#),
        ],
    )?;

    assert_eq!(names(&found), Vec::<String>::new());
    assert_eq!(anomalies(&found), []);
    assert_eq!(found.facts.destinations, []);
    Ok(())
}

#[test]
fn addresses_in_companions_are_destinations() -> io::Result<()> {
    let found = beside_safetensors(&[
        (
            "config.json",
            r#"{"model_type": "x", "a": {"b": ["https://example.org/one"]}}"#,
        ),
        (
            "README.md",
            "---\nlicense: mit\nlicense_link: https://example.org/two\n---\nhttps://no",
        ),
        (
            "tokenizer_config.json",
            r#"{"chat_template": "see https://example.org/three for more"}"#,
        ),
    ])?;

    let destinations: Vec<_> = found
        .facts
        .destinations
        .iter()
        .map(|d| {
            (
                format!("{:?}", d.class),
                d.value.as_str(),
                d.source.as_str(),
            )
        })
        .collect();
    assert_eq!(
        destinations,
        [
            (
                "Metadata".to_owned(),
                "https://example.org/one",
                "config.json: a.b.0"
            ),
            (
                "Literal".to_owned(),
                "https://example.org/three",
                "tokenizer_config.json: chat_template"
            ),
            (
                "Metadata".to_owned(),
                "https://example.org/two",
                "README.md: license_link"
            ),
        ]
    );
    Ok(())
}

#[test]
fn the_chat_template_of_a_companion_is_a_fact() -> io::Result<()> {
    // The SHA-256 of `{{ x }}`.
    const DIGEST: &str = "e52c737297f7dad622da7e58f5a16e7437f2716daccb4da859fc567ccd75c9a4";
    for (file, content) in [
        ("chat_template.jinja", "{{ x }}"),
        ("chat_template.json", r#"{"chat_template": "{{ x }}"}"#),
        ("tokenizer_config.json", r#"{"chat_template": "{{ x }}"}"#),
        (
            "tokenizer_config.json",
            r#"{"chat_template": [{"name": "tool_use", "template": "y"},
                                  {"name": "default", "template": "{{ x }}"}]}"#,
        ),
        (
            "tokenizer_config.json",
            r#"{"chat_template": [{"template": "{{ x }}", "name": "default"},
                                  {"name": "rag", "template": "z"}]}"#,
        ),
        (
            "processor_config.json",
            r#"{"chat_template": {"rag": "z", "default": "{{ x }}"}}"#,
        ),
    ] {
        let found = beside_safetensors(&[(file, content)])?;

        let digest = found.facts.chat_template.map(|digest| digest.hex());
        assert_eq!(digest.as_deref(), Some(DIGEST), "{file}: {content}");
    }
    Ok(())
}

#[test]
fn templates_of_their_own_come_before_those_of_the_tokenizer() -> io::Result<()> {
    let alone = beside_safetensors(&[("chat_template.jinja", "one")])?;
    let found = beside_safetensors(&[
        ("tokenizer_config.json", r#"{"chat_template": "two"}"#),
        ("chat_template.jinja", "one"),
        ("additional_chat_templates/tool_use.jinja", "three"),
        ("additional_chat_templates/notes.txt", "four"),
    ])?;

    assert_eq!(found.facts.chat_template, alone.facts.chat_template);
    assert_eq!(
        names(&found),
        [
            "chat_template.jinja",
            "tokenizer_config.json",
            "tool_use.jinja"
        ]
    );
    Ok(())
}

#[test]
fn a_pointer_has_companions_too() -> io::Result<()> {
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
    for weights in ["model.safetensors", "pytorch_model.bin", "m.onnx"] {
        let found = fingerprint(
            weights,
            pointer.as_bytes(),
            &[("config.json", r#"{"auto_map": {"AutoModel": "m.M"}}"#)],
        )?;

        assert_eq!(names(&found), ["config.json"], "{weights}");
        assert_eq!(anomalies(&found).len(), 1);
    }
    Ok(())
}

#[test]
fn a_companion_that_cannot_be_read_is_said_unless_it_may_be_anything() -> io::Result<()> {
    let long = " ".repeat((4 << 20) + 1);
    let found = beside_safetensors(&[
        ("tokenizer_config.json", &long),
        ("modules.json", &long),
        ("README.md", &long),
    ])?;

    let said = |name: &str| (AnomalyRule::NotExamined, "limit-companion", name.to_owned());
    assert_eq!(
        anomalies(&found),
        [said("tokenizer_config.json"), said("modules.json")]
    );
    Ok(())
}

/// As many files of weights in a directory.
fn crowd(directory: &Directory, count: usize) -> io::Result<Vec<PathBuf>> {
    let names = (0..count).map(|number| format!("{number}.safetensors"));
    names
        .map(|name| directory.write(&name, safetensors_writer::valid()))
        .collect()
}

#[test]
fn a_long_companion_is_not_read_for_every_file_of_a_crowd() -> io::Result<()> {
    let directory = Directory::new()?;
    let long = " ".repeat(4 << 20);
    directory.write("tokenizer_config.json", &long)?;
    let weights = crowd(&directory, 65)?;
    let options = Options {
        root: directory.path().into(),
        jobs: 1,
    };

    for (count, expected) in [(1, "broken-json"), (65, "limit-companion-reads")] {
        let asked = weights.get(..count).unwrap_or_default();
        for record in scan(asked, &options, &|| false) {
            let Record::Fingerprint(found) = record else {
                return Err(io::ErrorKind::Other.into());
            };
            let kinds: Vec<&str> = found
                .facts
                .anomalies
                .iter()
                .map(|found| found.kind)
                .collect();
            assert_eq!(kinds, [expected]);
        }
    }
    Ok(())
}

#[test]
fn what_files_beside_a_model_have_wrong_is_said_a_few_times_for_each_rule() -> io::Result<()> {
    let template = "{{ ''.__class__.__mro__.__globals__ }}";
    let names: Vec<String> = (0..40)
        .map(|number| format!("additional_chat_templates/{number:02}.jinja"))
        .collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, template)).collect();
    files.push(("modules.json", r#"[{"type": "evil.Module"}]"#));
    let found = beside_safetensors(&files)?;

    let said = |rule| {
        let anomalies = found.facts.anomalies.iter();
        anomalies.filter(move |anomaly| anomaly.rule == rule)
    };
    assert_eq!(said(AnomalyRule::RemoteCode).count(), 1);
    assert_eq!(said(AnomalyRule::TemplateCode).count(), 17);
    let last = said(AnomalyRule::TemplateCode).next_back();
    assert_eq!(last.map(|anomaly| anomaly.kind), Some("limit-anomalies"));
    assert_eq!(found.facts.anomalies.len(), 18);
    Ok(())
}

/// What is said of weights where these files stand, and which companions they have.
fn of_tree(weights: &str, files: &[(&str, &str)]) -> io::Result<(Vec<String>, Vec<String>)> {
    let found = fingerprint(weights, &safetensors_writer::valid(), files)?;
    let said = anomalies(&found).into_iter();
    let said = said.map(|(_, kind, place)| format!("{kind} in {place}"));
    Ok((said.collect(), names(&found)))
}

/// Weights, the files around them, what is said and which companions there are.
type Case<'a> = (
    &'a str,
    &'a [(&'a str, &'a str)],
    &'a [&'a str],
    &'a [&'a str],
);

#[test]
fn code_that_is_named_above_the_weights_is_found() -> io::Result<()> {
    let modules = r#"[{"idx": 0, "name": "0", "path": "0_X", "type": "evil.Module"}]"#;
    let index = r#"{"unet": ["evil", "UNet"], "_class_name": ["pipeline", "Pipeline"]}"#;
    let named = r#"{"unet": ["my-evil.v2", "UNet"], "vae": ["../evil", "V"], "_class_name": ["my-pipe", "P"]}"#;
    let cases: [Case<'_>; 5] = [
        (
            "unet/model.safetensors",
            &[
                ("model_index.json", named),
                ("my-pipe.py", "pass"),
                ("unet/my-evil.v2.py", "pass"),
            ],
            &[
                "pipeline-file in ../model_index.json > _class_name",
                "foreign-component in ../model_index.json > unet.0",
            ],
            &["model_index.json", "my-pipe.py", "my-evil.v2.py"],
        ),
        (
            "0_X/model.safetensors",
            &[("modules.json", modules), ("evil.py", "pass")],
            &["foreign-module in ../modules.json > 0.type"],
            &["modules.json", "evil.py"],
        ),
        (
            "0_X/1_Y/model.safetensors",
            &[("modules.json", modules)],
            &["foreign-module in ../../modules.json > 0.type"],
            &["modules.json"],
        ),
        (
            "0_X/1_Y/2_Z/model.safetensors",
            &[("modules.json", modules)],
            &[],
            &[],
        ),
        (
            "unet/model.safetensors",
            &[
                ("model_index.json", index),
                ("pipeline.py", "pass"),
                ("unet/evil.py", "pass"),
            ],
            &[
                "pipeline-file in ../model_index.json > _class_name",
                "foreign-component in ../model_index.json > unet.0",
            ],
            &["model_index.json", "pipeline.py", "evil.py"],
        ),
    ];
    for (weights, files, said, companions) in cases {
        let (found, read) = of_tree(weights, files)?;

        assert_eq!(found, said, "{weights}");
        assert_eq!(read, companions, "{weights}");
    }
    Ok(())
}

#[test]
fn a_companion_that_is_not_read_to_its_end_is_said_wherever_it_stands() -> io::Result<()> {
    let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
    for hides in [&deep, r#""\ud800""#, "1e999", r#"["\udc00"]"#] {
        let json = format!(r#"[{{"x": {hides}, "type": "evil.Module"}}]"#);
        for (weights, place) in [
            ("0_X/model.safetensors", "../modules.json"),
            ("model.safetensors", "modules.json"),
            ("model.safetensors", "quant_config.json"),
        ] {
            let name = place.trim_start_matches("../");
            let (found, _) = of_tree(weights, &[(name, &json)])?;

            assert_eq!(found, [format!("broken-json in {place}")], "{json}");
        }
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_companion_above_weights_that_leads_out_of_the_root_is_said() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("modules.json", r#"[{"type": "evil.Module"}]"#)?;
    let weights = directory.write("root/0_X/model.safetensors", safetensors_writer::valid())?;
    directory.link("root/modules.json", "../modules.json")?;
    let options = Options {
        root: directory.join("root"),
        jobs: 1,
    };
    let Some(Record::Fingerprint(found)) = scan(&[weights], &options, &|| false).pop() else {
        return Err(io::ErrorKind::Other.into());
    };

    let place = "../modules.json".to_owned();
    let expected = (AnomalyRule::NotExamined, "symlink-escape", place);
    assert_eq!(anomalies(&found), [expected]);
    Ok(())
}

#[test]
fn what_stands_above_weights_and_names_no_code_says_nothing() -> io::Result<()> {
    for (file, json) in [
        (
            "modules.json",
            r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]"#,
        ),
        (
            "router_config.json",
            r#"{"types": {"query_0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding.StaticEmbedding"},
                "structure": {"query": ["query_0_StaticEmbedding"]}, "parameters": {"default_route": "query"}}"#,
        ),
        ("router_config.json", r#"{"types": {"a": "round-robin"}}"#),
        (
            "model_index.json",
            r#"{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.9.0",
                "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
                "image_encoder": [null, null], "requires_safety_checker": true,
                "text_encoder": ["transformers", "CLIPTextModel"], "unet": ["diffusers", "UNet"]}"#,
        ),
        (
            "model_index.json",
            r#"{"library_name": "transformers", "tags": ["small", "fast"]}"#,
        ),
        ("genai_config.json", r#"{"model": {"type": "llama"}}"#),
        ("config.json", r#"{"auto_map": {"AutoModel": "x.Model"}}"#),
        ("modules.json", "{"),
    ] {
        let (found, read) = of_tree("unet/model.safetensors", &[(file, json)])?;

        assert!(
            found.is_empty() && read.is_empty(),
            "{file}: {found:?} {read:?}"
        );
    }
    Ok(())
}

#[test]
fn nothing_above_the_root_is_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("modules.json", r#"[{"type": "evil.Module"}]"#)?;
    let weights = directory.write("root/model.safetensors", safetensors_writer::valid())?;
    let options = Options {
        root: directory.join("root"),
        jobs: 1,
    };
    let Some(Record::Fingerprint(found)) = scan(&[weights], &options, &|| false).pop() else {
        return Err(io::ErrorKind::Other.into());
    };

    assert_eq!(anomalies(&found), []);
    Ok(())
}

#[test]
fn every_model_of_a_crowd_is_told_the_same() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write(
        "config.json",
        r#"{"auto_map": {"AutoModel": "modeling_x.Model"}, "model_type": "x"}"#,
    )?;
    directory.write("modeling_x.py", "pass")?;
    directory.write("additional_chat_templates/tool_use.jinja", "{{ x }}")?;
    let weights = crowd(&directory, 9)?;
    let options = Options {
        root: directory.path().into(),
        jobs: 4,
    };

    for record in scan(&weights, &options, &|| false) {
        let Record::Fingerprint(found) = record else {
            return Err(io::ErrorKind::Other.into());
        };
        assert_eq!(found.facts.architecture.as_deref(), Some("x"));
        assert_eq!(
            names(&found),
            ["config.json", "tool_use.jinja", "modeling_x.py"]
        );
        let place = "config.json > auto_map.AutoModel".to_owned();
        assert_eq!(
            anomalies(&found),
            [(AnomalyRule::RemoteCode, "auto-map", place)]
        );
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_directory_of_a_common_name_is_no_companion() -> io::Result<()> {
    let directory = Directory::new()?;
    let weights = directory.write("m/model.safetensors", safetensors_writer::valid())?;
    for name in ["m/modules.json", "m/tokenizer_config.json"] {
        std::fs::create_dir(directory.join(name))?;
    }
    let options = Options {
        root: directory.path().into(),
        jobs: 1,
    };
    let Some(Record::Fingerprint(found)) = scan(&[weights], &options, &|| false).pop() else {
        return Err(io::ErrorKind::Other.into());
    };

    let expected = (
        AnomalyRule::NotExamined,
        "not-a-regular-file",
        "tokenizer_config.json".to_owned(),
    );
    assert_eq!(anomalies(&found), [expected]);
    Ok(())
}

/// The claims of weights, and where they stand.
fn claims(path: &str, bytes: &[u8], config: Option<&str>) -> io::Result<Vec<(String, String)>> {
    let directory = Directory::new()?;
    let weights = directory.write(path, bytes)?;
    if let Some(config) = config {
        std::fs::write(weights.with_file_name("config.json"), config)?;
    }
    let options = Options {
        root: directory.path().into(),
        jobs: 1,
    };
    let Some(Record::Fingerprint(found)) = scan(&[weights], &options, &|| false).pop() else {
        return Err(io::ErrorKind::Other.into());
    };
    let claims = found.facts.quantization.claims.iter();
    Ok(claims
        .map(|claim| (claim.value.clone(), claim.source.clone()))
        .collect())
}

#[test]
fn names_of_files_and_directories_claim() -> io::Result<()> {
    let weights = safetensors_writer::valid();
    for (path, value, source) in [
        (
            "llama-GPTQ-Int4/model.safetensors",
            "gptq-4bit",
            "directory name",
        ),
        ("llama/model-fp8.safetensors", "fp8", "file name"),
        ("llama-AWQ/model-fp8.safetensors", "fp8", "file name"),
        (
            "models--TheBloke--Llama-AWQ/snapshots/0a/model.safetensors",
            "awq",
            "directory name",
        ),
        ("Q4_K_M/model.safetensors", "Q4_K_M", "directory name"),
        ("bf16/model-Q8_0.safetensors", "Q8_0", "file name"),
    ] {
        let expected = (value.to_owned(), source.to_owned());
        assert_eq!(claims(path, &weights, None)?, [expected], "{path}");
    }
    for path in [
        "bf16/model.safetensors",
        "a/model.safetensors",
        "l-AWQ/adapter_model.safetensors",
    ] {
        assert_eq!(claims(path, &weights, None)?, [], "{path}");
    }
    let gguf = Gguf::llama().bytes();
    assert_eq!(claims("llama-GPTQ/m.gguf", &gguf, None)?, []);
    Ok(())
}

#[test]
fn a_config_says_nothing_of_an_adapter_beside_it() -> io::Result<()> {
    let config = r#"{"quantization_config": {"quant_method": "gptq", "bits": 4}}"#;
    let weights = safetensors_writer::valid();
    let expected = (
        "gptq-4bit".to_owned(),
        "config.json: quantization_config".to_owned(),
    );

    assert_eq!(
        claims("m/model.safetensors", &weights, Some(config))?,
        [expected]
    );
    assert_eq!(
        claims("m/adapter_model.safetensors", &weights, Some(config))?,
        []
    );
    Ok(())
}
