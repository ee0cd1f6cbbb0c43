"""Pins that others have made: read as claims, refused where they cannot be understood."""

import base64
import contextlib
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from lbom_gate.locks.imports import KINDS, ImportRefused, read

A, B = "9f2c" * 16, "4d7a" * 16
COMMIT = "8b1c0f2d" * 5


def imported(path: Path, *, key: Path | None = None, start: Path | None = None):
    """Return path, algorithm, digest, size, source and revision of every file that is stated."""
    base = start or (path if path.is_dir() else path.parent)
    claims = read(path, key=key, text_of=lambda text: Path(text).relative_to(base).as_posix())
    return [
        (c.path, c.digest.algorithm, c.digest.value, c.pinned_by, c.size, c.source, c.revision)
        for c in claims
    ]


def refusal(path: Path, *, key: Path | None = None) -> str:
    with pytest.raises(ImportRefused) as error:
        imported(path, key=key)
    return str(error.value).removeprefix(f"{path}: ")


def test_the_lines_of_coreutils_and_of_bsd_are_read(tmp_path):
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(
        f"{A}  models/a.gguf\n{B.upper()} *./b.gguf\n# a comment\n\n"
        f"\\{A}  odd\\nname\\\\.gguf\nSHA256 (c (1).gguf) = {B}\n"
    )

    assert imported(sums) == [
        ("models/a.gguf", "sha256", A, "sha256sums", None, None, None),
        ("b.gguf", "sha256", B, "sha256sums", None, None, None),
        ("odd\nname\\.gguf", "sha256", A, "sha256sums", None, None, None),
        ("c (1).gguf", "sha256", B, "sha256sums", None, None, None),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not a line\n", "line 1 is no digest and name"),
        (f"{A[:-1]}  a.gguf\n", "line 1 is no digest and name"),
        (f"{A}  ../a.gguf\n", "'../a.gguf' leads out of its directory"),
        (f"{A}  /etc/passwd\n", "'/etc/passwd' leads out of its directory"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path, text, problem):
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(text)

    assert refusal(sums) == problem


def hub_cache(directory: Path) -> Path:
    repository = directory / "models--our-org--tiny"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "blobs" / A).write_bytes(b"weights")
    (repository / "blobs" / ("0" * 40)).write_bytes(b"{}")
    (snapshot / "model.gguf").symlink_to(f"../../blobs/{A}")
    (snapshot / "config.json").symlink_to(f"../../blobs/{'0' * 40}")
    (repository / "snapshots" / "main").mkdir()
    return repository


def test_the_large_files_of_a_hub_cache_are_read_with_their_commit(tmp_path):
    repository = hub_cache(tmp_path)
    file = f"snapshots/{COMMIT}/model.gguf"
    row = ("sha256", A, "huggingface-cache", None, "huggingface.co/our-org/tiny", COMMIT)

    assert imported(repository) == [(file, *row)]
    assert imported(tmp_path) == [(f"models--our-org--tiny/{file}", *row)]


def test_what_a_download_left_beside_its_files_is_read(tmp_path):
    metadata = tmp_path / ".cache" / "huggingface" / "download" / "sub"
    metadata.mkdir(parents=True)
    (metadata / "a.gguf.metadata").write_text(f"{COMMIT}\n{A}\n1700000000.0\n")
    (metadata / "config.json.metadata").write_text(f"{COMMIT}\n{'0' * 40}\n1700000000.0\n")

    assert imported(tmp_path) == [
        ("sub/a.gguf", "sha256", A, "huggingface-local-dir", None, "huggingface.co", COMMIT)
    ]


def test_metadata_of_a_download_without_a_commit_is_refused(tmp_path):
    metadata = tmp_path / ".cache" / "huggingface" / "download"
    metadata.mkdir(parents=True)
    (metadata / "a.gguf.metadata").write_text("main\netag\n")

    with pytest.raises(ImportRefused, match="found no commit and etag"):
        imported(tmp_path)


def layer(media_type: str, digest: str, size: int, **annotations: str) -> dict[str, object]:
    return {
        "mediaType": media_type,
        "digest": f"sha256:{digest}",
        "size": size,
        "annotations": annotations,
    }


def manifest(*layers: dict[str, object]) -> str:
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "layers": layers})


def ollama(directory: Path, text: str) -> Path:
    place = directory / "manifests" / "registry.ollama.ai" / "library" / "tiny"
    place.mkdir(parents=True)
    (directory / "blobs").mkdir()
    (place / "1b").write_text(text)
    return place / "1b"


def test_the_blobs_of_an_ollama_store_are_read(tmp_path):
    text = manifest(
        layer("application/vnd.ollama.image.model", A, 9),
        layer("application/vnd.ollama.image.template", B, 3),
        layer("application/octet-stream", B, 3),
    )
    one = ollama(tmp_path, text)
    expected = [
        (f"blobs/sha256-{digest}", "sha256", digest, "ollama", size, source, "1b")
        for digest, size, source in [
            (A, 9, "registry.ollama.ai/library/tiny"),
            (B, 3, "registry.ollama.ai/library/tiny"),
        ]
    ]

    assert imported(tmp_path) == expected
    assert imported(one, start=tmp_path) == expected


def test_a_digest_that_is_a_path_is_refused(tmp_path):
    text = manifest(layer("application/vnd.ollama.image.model", "../../etc/passwd", 9))
    ollama(tmp_path, text)

    with pytest.raises(ImportRefused, match="digest: found"):
        imported(tmp_path)


def test_the_titled_layers_of_an_oci_manifest_are_read(tmp_path):
    title = {"org.opencontainers.image.title": "models/a.gguf"}
    path = tmp_path / "manifest.json"
    path.write_text(manifest(layer("x", A, 9, **title), layer("x", B, 3)))

    assert imported(path) == [("models/a.gguf", "sha256", A, "oci", 9, None, None)]


@pytest.mark.parametrize(
    ("size", "title", "problem"),
    [
        (-1, "a.gguf", "size: found -1; allowed: a number of bytes"),
        (1, "../a.gguf", "'../a.gguf' leads out of its directory"),
    ],
)
def test_a_layer_that_makes_no_sense_is_refused(tmp_path, size, title, problem):
    path = tmp_path / "manifest.json"
    path.write_text(manifest(layer("x", A, size, **{"org.opencontainers.image.title": title})))

    assert refusal(path) == problem


def test_a_dvc_file_states_a_weak_digest(tmp_path):
    path = tmp_path / "a.gguf.dvc"
    path.write_text(
        "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 9\n  path: a.gguf\n"
        "- md5: 0123456789abcdef0123456789abcdef.dir\n  path: directory\n"
    )

    assert imported(path) == [
        ("a.gguf", "md5", "0123456789abcdef0123456789abcdef", "dvc", 9, None, None)
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("outs: 3\n", "found no list of `outs`"),
        ("[" * 40_000, "no YAML that can be read"),
        (
            "outs:\n- md5: x\n  path: a\n",
            'md5: found "x"; allowed: 32 lower-case hexadecimal digits',
        ),
        ("a" * 70_000, "70000 characters; allowed: 65536"),
        ("outs: [!!python/object/apply:os.system [id]]\n", "no YAML that can be read"),
    ],
)
def test_a_dvc_file_that_is_none_is_refused(tmp_path, text, problem):
    path = tmp_path / "a.dvc"
    path.write_text(text)

    assert refusal(path) == problem


def signed(directory: Path, resources, *, subject: str | None = None, curve=None) -> Path:
    """Write a bundle as `model_signing` does, and the public key beside it."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    digest = hashlib.sha256(b"".join(bytes.fromhex(value) for _, value in resources)).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "tiny", "digest": {"sha256": subject or digest}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256"},
            "resources": [
                {"name": name, "algorithm": "sha256", "digest": value} for name, value in resources
            ],
        },
    }
    payload = json.dumps(statement).encode()
    kind = b"application/vnd.in-toto+json"
    encoded = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    algorithm = {256: hashes.SHA256, 384: hashes.SHA384, 521: hashes.SHA512}[key.key_size]
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind.decode(),
        "signatures": [
            {"sig": base64.b64encode(key.sign(encoded, ec.ECDSA(algorithm()))).decode()}
        ],
    }
    media_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    (directory / "model.sig").write_text(
        json.dumps({"mediaType": media_type, "dsseEnvelope": envelope})
    )
    (directory / "key.pub").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return directory / "model.sig"


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_a_bundle_that_the_key_signed_is_read(tmp_path, curve):
    bundle = signed(tmp_path, [("a.gguf", A), ("sub/b.gguf", B)], curve=curve)

    assert imported(bundle, key=tmp_path / "key.pub") == [
        ("a.gguf", "sha256", A, "model-signing", None, None, None),
        ("sub/b.gguf", "sha256", B, "model-signing", None, None, None),
    ]


def test_a_bundle_without_a_key_is_refused(tmp_path):
    bundle = signed(tmp_path, [("a.gguf", A)])

    assert refusal(bundle) == "a signature says nothing without --public-key FILE"


def test_a_bundle_that_another_key_signed_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    signed(tmp_path / "other", [("a.gguf", A)])
    bundle = signed(tmp_path, [("a.gguf", A)])
    other = tmp_path / "other" / "key.pub"

    assert refusal(bundle, key=other) == f"not signed with {other}"


def test_a_bundle_whose_payload_was_changed_is_refused(tmp_path):
    bundle = signed(tmp_path, [("a.gguf", A)])
    content = json.loads(bundle.read_text())
    payload = base64.b64decode(content["dsseEnvelope"]["payload"]).replace(A.encode(), B.encode())
    content["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    bundle.write_text(json.dumps(content))

    assert refusal(bundle, key=tmp_path / "key.pub") == f"not signed with {tmp_path / 'key.pub'}"


def test_a_bundle_whose_subject_is_not_its_files_is_refused(tmp_path):
    bundle = signed(tmp_path, [("a.gguf", A)], subject=B)

    assert refusal(bundle, key=tmp_path / "key.pub") == (
        "the digest of the subject is not that of the files listed"
    )


def test_a_bundle_that_names_a_file_outside_is_refused(tmp_path):
    bundle = signed(tmp_path, [("../a.gguf", A)])

    assert refusal(bundle, key=tmp_path / "key.pub") == ("'../a.gguf' leads out of its directory")


def test_a_path_that_is_nothing_we_know_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("x")

    assert refusal(tmp_path / "notes.md") == (
        f"nothing that pins can be imported from; known: {', '.join(KINDS)}"
    )


@settings(deadline=None, max_examples=150)
@given(
    name=st.sampled_from(["SHA256SUMS", "a.dvc", "model.sig", "manifest.json"]),
    data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
)
def test_any_bytes_are_read_or_refused(tmp_path_factory, name, data):
    directory = tmp_path_factory.mktemp("any")
    key = directory / "key.pub"
    (directory / name).write_bytes(data)
    key.write_bytes(data)

    with contextlib.suppress(ImportRefused):
        imported(directory / name, key=key)
