"""What models say of themselves, in files that their own libraries wrote."""

import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import gguf
import h5py
import numpy as np
import safetensors.numpy

import records
from lbom_gate import _scanner


def said(record: "_scanner.Fingerprint") -> list[tuple[str, str]]:
    return list(record.facts.properties)


def test_a_peft_adapter_in_safetensors_is_an_adapter(tmp_path: Path) -> None:
    layer = "base_model.model.model.layers.0.self_attn.q_proj"
    tensors = {
        f"{layer}.lora_A.weight": np.zeros((8, 64), np.float32),
        f"{layer}.lora_B.weight": np.zeros((64, 8), np.float32),
    }
    data = safetensors.numpy.save(tensors, {"format": "pt"})
    (tmp_path / "adapter_model.safetensors").write_bytes(data)
    (tmp_path / "renamed.safetensors").write_bytes(data)
    whole = safetensors.numpy.save({"model.embed.weight": np.zeros((4, 4), np.float32)})
    (tmp_path / "model.safetensors").write_bytes(whole)

    kinds = {p.name: records.fingerprint(p).facts.kind for p in tmp_path.iterdir()}

    assert kinds == {
        "adapter_model.safetensors": "adapter",
        "renamed.safetensors": "adapter",
        "model.safetensors": None,
    }


def test_a_checkpoint_of_an_adapter_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "adapter_model.bin").write_bytes(pickle.dumps({}, protocol=2))

    assert records.fingerprint(tmp_path / "adapter_model.bin").facts.kind == "adapter"


def test_safetensors_and_the_files_beside_them_say_what_they_are(tmp_path: Path) -> None:
    metadata = {
        "format": "pt",
        "modelspec.title": "A title",
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "ss_tag_frequency": "{}",
    }
    data = safetensors.numpy.save({"w": np.zeros((2, 2), np.float16)}, metadata)
    (tmp_path / "model.safetensors").write_bytes(data)
    config = {"transformers_version": "4.57.0", "torch_dtype": "float16", "model_type": "llama"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    card = "---\npipeline_tag: text-generation\nlibrary_name: transformers\nlanguage: [en, de]\n"
    (tmp_path / "README.md").write_text(f"{card}tags:\n- chat\nquantized_by: somebody\n---\n")

    record = records.fingerprint(tmp_path / "model.safetensors")

    assert record.facts.anomalies == ()
    assert said(record) == [
        ("name", "A title"),
        ("quantized-by", "somebody"),
        ("task", "text-generation"),
        ("language", "en"),
        ("language", "de"),
        ("tag", "chat"),
        ("producer", "transformers 4.57.0"),
        ("framework", "pt"),
        ("framework", "transformers"),
        ("compute-type", "float16"),
        ("metadata", "modelspec.architecture=stable-diffusion-xl-v1-base/lora"),
    ]


def test_a_gguf_says_what_its_keys_say(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("A name")
    writer.add_author("Someone")
    writer.add_version("v1.1")
    writer.add_organization("Example")
    writer.add_quantized_by("somebody")
    writer.add_size_label("8B")
    writer.add_tags(["chat", "text-generation"])
    writer.add_languages(["en"])
    writer.add_tensor("token_embd.weight", np.zeros((4, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    record = records.fingerprint(path)

    assert record.facts.anomalies == ()
    assert said(record) == [
        ("name", "A name"),
        ("version", "v1.1"),
        ("author", "Someone"),
        ("organization", "Example"),
        ("quantized-by", "somebody"),
        ("language", "en"),
        ("tag", "chat"),
        ("tag", "text-generation"),
        ("metadata", "general.size_label=8B"),
    ]


def test_a_keras_model_in_hdf5_says_its_version_and_layers(tmp_path: Path) -> None:
    layers = [
        {"class_name": "InputLayer", "config": {}},
        {"class_name": "Dense", "config": {"kernel_initializer": {"class_name": "Zeros"}}},
        {"class_name": "Dense", "config": {}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"

    record = records.fingerprint(tmp_path / "model.h5")

    assert record.facts.anomalies == ()
    assert record.facts.architecture == "Sequential"
    assert record.facts.operators == (("Dense", 2), ("InputLayer", 1))
    assert said(record) == [("producer", "keras 2.15.0"), ("framework", "tensorflow")]


def test_torchscript_names_its_files_of_code(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr("m/code/__torch__.py", "class M(Module):\n  pass\n")
        archive.writestr("m/code/__torch__/torch/nn.py", "")
        archive.writestr("m/version", "3\n")

    record = records.fingerprint(path)

    assert record.facts.loading == "code"
    assert said(record) == [
        ("code-file", "code/__torch__.py"),
        ("code-file", "code/__torch__/torch/nn.py"),
    ]


def test_what_a_nemo_archive_makes_is_imported(tmp_path: Path) -> None:
    config = (
        "target: nemo.collections.asr.models.EncDecCTCModel\n"
        "encoder:\n  _target_: nemo.collections.asr.modules.ConformerEncoder\n"
        "trap:\n  _target_: os.system\n  command: 'true'\n"
    )
    path = tmp_path / "model.nemo"
    with tarfile.open(path, "w") as archive:
        for name, data in (
            ("./model_config.yaml", config.encode()),
            ("./model_weights.ckpt", pickle.dumps({}, protocol=2)),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))

    record = records.fingerprint(path)

    assert [(each.name, each.is_known) for each in record.facts.imports] == [
        ("nemo.collections.asr.models.EncDecCTCModel", True),
        ("nemo.collections.asr.modules.ConformerEncoder", True),
        ("os.system", False),
    ]
    assert record.facts.loading == "program"


def test_formats_that_run_code_say_so_even_unread() -> None:
    lua = b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1\x0f\0\0\0nn.Sequential"

    record = records.fingerprint_of(lua, ".t7")

    assert (record.format, record.facts.loading) == ("torch7", "code")
    assert records.problems(record) == {"not-examined: format-not-read"}
