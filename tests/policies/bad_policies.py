"""Policies that are refused, and what the reader is told of each, word by word.

One entry for each: the text, or the bytes, of the policy, and a line for each mistake in it, in the
order of the file: line, column, end of the column, then message, label and help.
"""

V = "version: 1\n"
ROOT_KEYS = (
    "known here: formats, quantization, architecture, pins, egress, licenses, base-models, code,"
    " rules, version, extends, require-version, paths, overrides, waivers, settings"
)
QUANTIZATION_KEYS = (
    "allow, deny, min-bits-per-weight, max-bits-per-weight, lesser-share, exempt, claim-must-match"
)
WAIVER = "waivers:\n  - rule: {}\n    path: {}\n    reason: {}\n    owner: {}\n    expires: {}\n"
DIGEST = "9f2c1e77a0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabb"

# text of the policy -> place, message | label | help, for each mistake in it
BAD: dict[str | bytes, list[str]] = {
    # the file as a whole
    "extends: []\n": ["1:1-12 `version` is missing | add it"],
    "version: 2\n": ["1:10-11 unknown policy version 2 | this gate reads version 1"],
    "version: true\n": ["1:10-14 expected a whole number, found true"],
    "version: '1'\n": ["1:10-13 expected a whole number, found a string | write 1 without quotes"],
    "version: 1.0\n": ["1:10-13 expected a whole number, found 1.0 | write 1"],
    "- version: 1\n": ["1:1-13 expected a mapping, found a list"],
    "version 1\n": ["1:1-10 expected a mapping, found a string"],
    "~\n": ["1:1-2 the file says nothing | write a value, or remove it"],
    V + "version: 1\n": ["2:1-8 the key `version` is there twice | first set in line 1"],
    # unknown keys
    V + "formts: {allow: [gguf]}\n": [
        f"2:1-7 unknown key `formts` | did you mean `formats`? | {ROOT_KEYS}"
    ],
    V + "xyzzy: 1\n": [f"2:1-6 unknown key `xyzzy` | {ROOT_KEYS}"],
    V + "quantization:\n  alow: [Q4_K_M]\n": [
        (
            "3:3-7 unknown key `alow` in quantization | did you mean `allow`?"
            f" | known here: {QUANTIZATION_KEYS}"
        )
    ],
    V + "quantization: {min_bits_per_weight: 4}\n": [
        (
            "2:16-35 unknown key `min_bits_per_weight` in quantization"
            f" | did you mean `min-bits-per-weight`? | known here: {QUANTIZATION_KEYS}"
        )
    ],
    V + "egress: {unresolved: error}\n": [
        "2:10-20 unknown key `unresolved` in egress | known here: allow, deny, classes"
    ],
    V + "overrides:\n  - paths: ['a']\n    pins: {lockfile: x}\n": [
        "4:12-20 unknown key `lockfile` in overrides.pins | known here: require, revision"
    ],
    # wrong types
    V + "formats: gguf\n": ["2:10-14 expected a mapping, found a string"],
    V + "quantization:\n  allow: Q4_K_M\n": [
        "3:10-16 expected a list of strings, found a string | put it in brackets"
    ],
    V + "quantization:\n  allow: 4\n": ["3:10-11 expected a list of strings, found a number"],
    V + "quantization: {allow: [F16, 4.5, true]}\n": [
        "2:29-32 expected a string, found a number | put it in quotes",
        "2:34-38 expected a string, found true | put it in quotes",
    ],
    V + "licenses: {allow: {MIT: true}}\n": ["2:19-30 expected a list of strings, found a mapping"],
    V + "pins: {require: yes}\n": [
        "2:17-20 expected true or false, found a string | did you mean `true`?"
    ],
    V + "pins: {require: 1}\n": ["2:17-18 expected true or false, found a number"],
    V + "overrides: {paths: [a]}\n": ["2:12-24 expected a list of mappings, found a mapping"],
    V + "waivers:\n  - unlisted-license\n": ["3:5-21 expected a mapping, found a string"],
    V + "rules: [egress]\n": ["2:8-16 expected a mapping, found a list"],
    # empty values
    V + "formats:\n": ["2:1-8 `formats` has no value | write a value, or remove it"],
    V + "formats:\n  allow: # none\n": ["3:3-8 `allow` has no value | write a value, or remove it"],
    V + "formats: {allow: [gguf, ~]}\n": [
        "2:25-26 the entry has no value | write a value, or remove it"
    ],
    V + "formats: {allow: [gguf, ' ']}\n": [
        "2:25-28 an entry is a name or a pattern of names | this can match nothing"
    ],
    # numbers
    V + "quantization: {min-bits-per-weight: four}\n": [
        "2:37-41 expected a number, found a string"
    ],
    V + "quantization: {min-bits-per-weight: 0}\n": [
        "2:37-38 expected a number above 0 and up to 64, found 0"
    ],
    V + "quantization: {min-bits-per-weight: .nan}\n": [
        "2:37-41 expected a number above 0 and up to 64, found nan"
    ],
    V + "architecture: {max-parameters: 70 B}\n": [
        "2:32-36 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "architecture: {max-parameters: 0.0001K}\n": [
        "2:32-39 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "architecture: {max-parameters: 0}\n": [
        "2:32-33 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "architecture: {max-parameters: true}\n": [
        "2:32-36 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "settings: {waiver-max-days: 0}\n": [
        "2:29-30 expected a number of days from 1 to 3650, found 0"
    ],
    V + "settings: {waiver-max-days: 1.5}\n": ["2:29-32 expected a whole number, found 1.5"],
    # rules and levels
    V + "rules: {unlisted-quantisation: error}\n": [
        (
            "2:9-30 unknown rule or family `unlisted-quantisation`"
            " | did you mean `unlisted-quantization`?"
        )
    ],
    V + "rules: {egres: error, xyzzy: off}\n": [
        "2:9-14 unknown rule or family `egres` | did you mean `egress`?",
        "2:23-28 unknown rule or family `xyzzy`",
    ],
    V + "rules: {egress: eror, pin: deny}\n": [
        "2:17-21 unknown level `eror` | did you mean `error`?",
        "2:28-32 unknown level `deny` | expected error, warning or off",
    ],
    V + "rules: {egress: false}\n": [
        "2:17-22 expected error, warning or off, found false | did you mean `off`?"
    ],
    V + "rules: {egress: off, egress: error}\n": [
        "2:22-28 the key `egress` is there twice | first set in line 2"
    ],
    V + "overrides:\n  - paths: ['**']\n    rules: {pins: off}\n": [
        "4:13-17 unknown rule or family `pins` | did you mean `pin`?"
    ],
    # paths
    V + "paths: {include: []}\n": ["2:18-20 an empty list names no path | `**` names every path"],
    V + "paths: {include: [models/, /a, a//b, ./x, ../y, a**]}\n": [
        "2:19-26 the pattern `models/` ends in `/` | all below it is `models/**`",
        "2:28-30 the pattern `/a` starts with `/` | start at the directory of the policy",
        "2:32-36 the pattern `a//b` has `//` | write one slash",
        "2:38-41 the pattern `./x` has the step `.` | start at the directory of the policy",
        "2:43-47 the pattern `../y` has the step `..` | start at the directory of the policy",
        (
            "2:49-52 the pattern `a**` has `**` beside other characters"
            " | `**` stands alone between slashes"
        ),
    ],
    V + "paths: {exclude: ['x[', '*.{a,b}', '', '[z-a]', \"\\t\"]}\n": [
        (
            "2:19-23 the pattern `x[` has a `[` that opens no set"
            " | a set is `[abc]`, `[a-z]` or `[!abc]`"
        ),
        (
            "2:25-34 the pattern `*.{a,b}` has `{`, which is no alternative here"
            " | write one entry for each"
        ),
        "2:36-38 the pattern `` is empty | `**` names every path",
        "2:40-47 the pattern `[z-a]` has the set `[z-a]` that runs backwards | write `[a-z]`",
        "2:49-53 the pattern `\t` has a control character | write `?` in its place",
    ],
    V + "pins: {lockfile: /etc/lbom.lock}\n": [
        "2:18-32 the lock's path is absolute | write it relative to the policy's directory"
    ],
    V + "pins: {lockfile: ..}\n": ["2:18-20 `..` names no file | such as lbom.lock"],
    # extends and require-version
    V + "extends: builtin:recommended\n": [
        "2:10-29 expected a list of strings, found a string | put it in brackets"
    ],
    V + "extends: [builtin:recomended]\n": [
        (
            "2:11-29 unknown built-in policy `builtin:recomended`,"
            " there are minimal, recommended, strict"
            " | did you mean `builtin:recommended`?"
        )
    ],
    V + "extends: [strict, base.yaml]\n": [
        "2:11-17 `strict` names no file | did you mean `builtin:strict`?",
        (
            "2:19-28 `base.yaml` names no file"
            " | expected `builtin:` and a name, or a path that starts with `./` or `../`"
        ),
    ],
    V + "extends: ['https://example.org/p.yaml', /etc/base.yaml]\n": [
        "2:11-39 a policy extends no URL | keep a copy beside this file",
        (
            "2:41-55 `/etc/base.yaml` names no file"
            " | expected `builtin:` and a name, or a path that starts with `./` or `../`"
        ),
    ],
    V + "require-version: '>=99.1'\n": [
        "2:18-26 this policy needs lbom-gate >=99.1 | this is lbom-gate 0.1.0"
    ],
    V + "require-version: '>=0.1, <0.1.0'\n": [
        "2:18-33 this policy needs lbom-gate >=0.1, <0.1.0 | this is lbom-gate 0.1.0"
    ],
    V + "require-version: ~=0.1\n": [
        (
            "2:18-23 expected versions such as `>=0.1,<1`"
            " | `>=`, `>`, `<=`, `<`, `==` or `!=` and numbers, with commas between"
        )
    ],
    V + "require-version: 0.1\n": ["2:18-21 expected a string, found a number | put it in quotes"],
    # destinations
    V + "egress: {allow: [https://example.org/x, '*'], deny: ['*.com']}\n": [
        (
            "2:18-39 the entry `https://example.org/x` has a path"
            " | paths are not understood yet; the host is `https://example.org`"
        ),
        "2:41-44 the entry `*` names every host | name the hosts",
        "2:54-61 the entry `*.com` is too wide | `*.` stands before two labels at least",
    ],
    V + "egress: {classes: {contact: deny, litteral: off}}\n": [
        "2:29-33 unknown level `deny` | expected error, warning or off",
        (
            "2:35-43 unknown key `litteral` in egress.classes | did you mean `literal`?"
            " | known here: contact, fetch, code, metadata, literal, reference"
        ),
    ],
    # overrides and waivers
    V + "overrides:\n  - quantization: {allow: [F32]}\n": ["3:5-33 `paths` is missing | add it"],
    V + "waivers:\n  - rule: unlisted-license\n    path: a.gguf\n    owner: me\n": [
        "3:5-27 `reason` is missing | expected rule, path, reason, owner, expires",
        "3:5-27 `expires` is missing | expected rule, path, reason, owner, expires",
    ],
    V + WAIVER.format("license", "a/", "''", "12", "2026-13-01") + "    sha256: ABCDEF\n": [
        "3:11-18 `license` is a family | a waiver names one rule",
        "4:11-13 the pattern `a/` ends in `/` | all below it is `a/**`",
        "5:13-15 expected a few words, found none | say it for whoever reads this next year",
        "6:12-14 expected a string, found a number | put it in quotes",
        "7:14-24 there is no day 2026-13-01 | year, month and day",
        "8:13-19 expected a SHA-256 | 64 hexadecimal digits in lower case",
    ],
    V + WAIVER.format("unlisted-licence", "a", "x", "' '", "20261231"): [
        "3:11-27 unknown rule `unlisted-licence` | did you mean `unlisted-license`?",
        "6:12-15 expected a few words, found none | say it for whoever reads this next year",
        "7:14-22 expected a date | such as 2026-12-31",
    ],
    V
    + WAIVER.format("unlisted-license", "a", "x", "y", "2026-12-31")
    + "    sha256: "
    + DIGEST.upper()
    + "\n": [f"8:13-77 a SHA-256 is written in lower case | {DIGEST}"],
    V
    + WAIVER.format("digest-mismatch", "models/**", "x", "y", "2026-12-31")
    + f"    sha256: {DIGEST}\n": [
        (
            "4:11-20 `digest-mismatch` is waived only by exact path and sha256"
            " | this may match more than one path"
        )
    ],
    V + WAIVER.format("malformed-header", "a.gguf", "x", "y", "2026-12-31"): [
        "3:11-27 `malformed-header` is waived only by exact path and sha256 | this has no sha256"
    ],
    # all in one run
    V + "quantization: {alow: [F16], min-bits-per-weight: x}\npins:\nrules: {egres: off}\n": [
        (
            "2:16-20 unknown key `alow` in quantization | did you mean `allow`?"
            f" | known here: {QUANTIZATION_KEYS}"
        ),
        "2:50-51 expected a number, found a string",
        "3:1-5 `pins` has no value | write a value, or remove it",
        "4:9-14 unknown rule or family `egres` | did you mean `egress`?",
    ],
    # the file: its bytes and its lines
    "Version: 1\n": [
        "1:1-11 `version` is missing | add it",
        f"1:1-8 unknown key `Version` | did you mean `version`? | {ROOT_KEYS}",
    ],
    "version: 1\r\nformts: {}\r\n": [
        f"2:1-7 unknown key `formts` | did you mean `formats`? | {ROOT_KEYS}",
    ],
    "\ufeffversion: 1\nformts: {}\n": [
        f"2:1-7 unknown key `formts` | did you mean `formats`? | {ROOT_KEYS}",
    ],
    V + "formats: {}\n\ufeff\n": [
        "3:1-2 the character U+FEFF may not stand in a policy | readers and reviewers do not see it alike",
    ],
    V.encode() + b"formats: {allow: [\xff]}\n": [
        "2:19-20 a policy is UTF-8 text | the byte 0xff is not UTF-8",
    ],
    V.encode("utf-16"): [
        "1:1-2 a policy is UTF-8 text | the byte 0xff is not UTF-8",
    ],
    V.encode() + b"formats: {allow: [gg\0uf]}\n": [
        "2:21-22 the character U+0000 may not stand in a policy | readers and reviewers do not see it alike",
    ],
    V + "formats: {allow: ['gg\u202euf']}\n": [
        "2:22-23 the character U+202E may not stand in a policy | readers and reviewers do not see it alike",
    ],
    V + "formats: {allow: [gg\u2028uf]}\n": [
        "2:21-22 the character U+2028 may not stand in a policy | readers and reviewers do not see it alike",
    ],
    V + "formats: {allow: [gguf\u200b]}\n": [
        "2:23-24 the character U+200B may not stand in a policy | readers and reviewers do not see it alike",
    ],
    "": [
        "1:1-2 the file is empty | a policy starts `version: 1`",
    ],
    "# only a comment\n": [
        "2:1-2 the file is empty | a policy starts `version: 1`",
    ],
    "a: 1\n" * 300_000: [
        "1:1-2 a policy has at most 1,048,576 bytes",
    ],
    # YAML that a policy does not need
    V + "quantization: {allow: [&q Q8_0, *q]}\n": [
        "2:24-31 a policy has no anchors | remove the `&` name",
    ],
    V + "quantization: {allow: [*q]}\n": [
        "2:24-26 a policy has no aliases | write the value out | a pattern that starts with `*` stands in quotes",
    ],
    V + "quantization: {allow: [*Q4]}\n": [
        "2:24-27 a policy has no aliases | write the value out | a pattern that starts with `*` stands in quotes",
    ],
    V + "quantization: {allow: [*_K*]}\n": [
        "2:24-25 the text is not YAML | a pattern that starts with `*` stands in quotes",
    ],
    V + "paths: {include: [*.gguf]}\n": [
        "2:19-20 the text is not YAML | a pattern that starts with `*` stands in quotes",
    ],
    V + "formats: &f {allow: [gguf]}\n": [
        "2:10-14 a policy has no anchors | remove the `&` name",
    ],
    V + "formats: !!map {allow: [gguf]}\n": [
        "2:10-17 a policy has no tags | remove the `!` name",
    ],
    V + "formats:\n  <<: {allow: [gguf]}\n": [
        "3:3-5 a policy has no merge keys | write the keys out",
    ],
    V + "---\n" + V: [
        "2:1-4 a policy is one YAML document | a second one starts here",
    ],
    "%YAML 1.1\n---\n" + V: [
        "1:1-10 a policy has no YAML directives | remove this line",
    ],
    V + "formats:\n\tallow: [gguf]\n": [
        "3:1-2 a tab stands where only spaces may | use spaces",
    ],
    V + "formats: {allow: [gguf}\n": [
        "2:23-24 the text is not YAML | did not find expected ',' or ']' | while parsing a flow sequence that starts in line 2",
    ],
    V + "formats: allow: [gguf]\n": [
        "2:15-16 the text is not YAML | mapping values are not allowed in this context",
    ],
    V + "formats: {allow: " + "[" * 100_000: [
        "2:80-81 the nesting is deeper than 64 levels | starts here",
    ],
    V + "rules:\n" + "".join(f"{' ' * level}a:\n" for level in range(1, 80)): [
        "66:65-66 the nesting is deeper than 64 levels | starts here",
    ],
    V + "{a: " * 20_000: [
        "2:1026-1027 the text is not YAML | could not find expected ':' | while scanning a simple key that starts in line 2",
    ],
    V + 'formats: {allow: ["\\ud800"]}\n': [
        "2:22-23 the text is not YAML | found invalid Unicode character escape code | while parsing a quoted scalar that starts in line 2",
    ],
    V + "1: x\n": [
        "2:1-2 a key is not text | put it in quotes",
    ],
    V + "true: x\n": [
        "2:1-5 a key is not text | put it in quotes",
    ],
    V + "[a]: x\n": [
        "2:1-2 a key is not text | a key is a word",
    ],
    # words that YAML 1.1 and 1.2 read in two ways
    V + "pins: {require: NO}\n": [
        "2:17-19 expected true or false, found a string | did you mean `false`?",
    ],
    V + "pins: {require: off}\n": [
        "2:17-20 expected true or false, found a string | did you mean `false`?",
    ],
    V + "pins: {require: 'true'}\n": [
        "2:17-23 expected true or false, found a string",
    ],
    V + "settings: {waiver-max-days: 1:30}\n": [
        "2:29-33 expected a whole number, found a string",
    ],
    V + "settings: {waiver-max-days: 1_80}\n": [
        "2:29-33 expected a whole number, found a string",
    ],
    V + "rules: {pin: false}\n": [
        "2:14-19 expected error, warning or off, found false | did you mean `off`?",
    ],
    # numbers out of range
    V + "settings: {waiver-max-days: 99999999999999999999}\n": [
        "2:29-49 expected a number of days from 1 to 3650, found 99999999999999999999",
    ],
    V + "settings: {waiver-max-days: " + "9" * 5000 + "}\n": [
        "2:29-5029 expected a whole number, found a string",
    ],
    V + "settings: {expiring-days: -1}\n": [
        "2:27-29 expected a number of days from 1 to 3650, found -1",
    ],
    V + "quantization: {min-bits-per-weight: .inf}\n": [
        "2:37-41 expected a number above 0 and up to 64, found inf",
    ],
    V + "quantization: {max-bits-per-weight: 65}\n": [
        "2:37-39 expected a number above 0 and up to 64, found 65",
    ],
    V + "quantization: {min-bits-per-weight: 8, max-bits-per-weight: 4}\n": [
        "2:61-62 no model can be both | the least is 8.0",
    ],
    V + "quantization: {lesser-share: 150%}\n": [
        "2:30-34 expected a share of the parameters | such as 5% or 0.05",
    ],
    V + "quantization: {lesser-share: 5 percent}\n": [
        "2:30-39 expected a share of the parameters | such as 5% or 0.05",
    ],
    V + "quantization: {lesser-share: -0.1}\n": [
        "2:30-34 expected a share of the parameters | such as 5% or 0.05",
    ],
    V + "architecture: {max-context-length: 128K}\n": [
        "2:36-40 expected a whole number, found a string",
    ],
    V + "architecture: {max-context-length: 0}\n": [
        "2:36-37 expected a number of tokens, found 0 | such as 131072",
    ],
    V + "architecture: {max-parameters: 1e12}\n": [
        "2:32-36 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000",
    ],
    V + "architecture: {min-parameters: 8B, max-parameters: 1B}\n": [
        "2:52-54 no model can be both | the least is 8,000,000,000",
    ],
    # words that are not of the few
    V + "quantization: {exempt: [norms]}\n": [
        "2:25-30 unknown value `norms` | expected embeddings",
    ],
    V + "quantization: {exempt: [embedings]}\n": [
        "2:25-34 unknown value `embedings` | did you mean `embeddings`?",
    ],
    V + "quantization: {exempt: embeddings}\n": [
        "2:24-34 expected a list of strings, found a string | put it in brackets",
    ],
    V + "quantization: {claim-must-match: maybe}\n": [
        '2:34-39 expected true, false or a list of places that claim | such as [general.file_type, "config.json*"]',
    ],
    V + "quantization: {claim-must-match: [general.file_type, 1]}\n": [
        "2:54-55 expected a string, found a number | put it in quotes",
    ],
    V + "pins: {revision: branch}\n": [
        "2:18-24 unknown value `branch` | expected commit",
    ],
    V + "pins: {revision: true}\n": [
        "2:18-22 expected commit, found true",
    ],
    V + "licenses: {non-commercial: denny}\n": [
        "2:28-33 unknown value `denny` | did you mean `deny`?",
    ],
    V + "licenses: {non-commercial: yes}\n": [
        "2:28-31 unknown value `yes` | expected allow or deny",
    ],
    V + "code: {executable-formats: weights}\n": [
        "2:28-35 unknown value `weights` | did you mean `weights-only`?",
    ],
    V + "code: {executable-formats: false}\n": [
        "2:28-33 expected deny, weights-only or allow, found false",
    ],
    V + "code: {executable-formats: [keras, 3]}\n": [
        "2:36-37 expected a string, found a number | put it in quotes",
    ],
    # sections of the wrong shape
    V + "base-models: ['Qwen/*']\n": [
        "2:14-24 expected a mapping, found a list",
    ],
    V + "base-models: {require: always}\n": [
        "2:24-30 expected true or false, found a string",
    ],
    V + "code: {imports: ['sklearn.*']}\n": [
        "2:17-30 expected a mapping, found a list",
    ],
    V + "code: {imports: {allowed: ['sklearn.*']}}\n": [
        "2:18-25 unknown key `allowed` in code.imports | did you mean `allow`? | known here: allow",
    ],
    V + "overrides: []\nwaivers: {}\n": [
        "3:10-12 expected a list of mappings, found a mapping",
    ],
    V + "overrides:\n  - paths: [a]\n    settings: {waiver-max-days: 1}\n    paths: [b]\n": [
        "4:5-13 unknown key `settings` in overrides | known here: formats, quantization, architecture, pins, egress, licenses, base-models, code, rules, paths",
        "5:5-10 the key `paths` is there twice | first set in line 3",
    ],
    # patterns and lists without measure
    V + "quantization: {allow: ['Q4_['], deny: ['Q{2,3}_K', '[z-a]']}\n": [
        "2:24-30 the pattern `Q4_[` has a `[` that opens no set | a set is `[abc]`, `[a-z]` or `[!abc]`",
        "2:40-50 the pattern `Q{2,3}_K` has `{`, which is no alternative here | write one entry for each",
        "2:52-59 the pattern `[z-a]` has the set `[z-a]` that runs backwards | write `[a-z]`",
    ],
    V + "quantization: {allow: ['" + "*a" * 200 + "']}\n": [
        "2:24-426 an entry has at most 256 characters, found 400",
    ],
    V + "paths: {include: ['" + "*a" * 3000 + "']}\n": [
        "2:19-6021 the pattern `*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a…` has 6,000 characters | a path has at most 4,096",
    ],
    V + "formats: {allow: [" + "a, " * 10_001 + "]}\n": [
        "2:18-30023 a list has at most 10,000 entries, found 10,001",
    ],
    V + "paths: {include: [" + "a, " * 10_001 + "]}\n": [
        "2:18-30023 a list has at most 10,000 entries, found 10,001",
    ],
    V + "egress: {allow: [" + "a.example, " * 10_001 + "]}\n": [
        "2:17-110030 a list has at most 10,000 entries, found 10,001",
    ],
    V + "licenses: {allow: [MIT OR Apache-2.0, (MIT)], deny: [' ']}\n": [
        "2:20-37 an entry is one licence | expressions are taken apart; write one entry for each",
        "2:39-44 an entry is one licence | expressions are taken apart; write one entry for each",
        "2:54-57 an entry is a name or a pattern of names | this can match nothing",
    ],
    # rules of another gate
    V + "rules: {rule-of-tomorrow: error}\n": [
        "2:9-25 unknown rule or family `rule-of-tomorrow`",
    ],
    V + "rules: {rule-of-tomorrow: {level: eror, if-known: true}}\n": [
        "2:35-39 unknown level `eror` | did you mean `error`?",
    ],
    V + "rules: {rule-of-tomorrow: {level: error, if-known: false}}\n": [
        "2:9-25 unknown rule or family `rule-of-tomorrow`",
    ],
    V + "rules: {egress: {if-known: true}}\n": [
        "2:17-33 `level` is missing | add it",
    ],
    V + "rules: {egress: {level: error, if-known: yes}}\n": [
        "2:42-45 expected true or false, found a string | did you mean `true`?",
    ],
    V + "rules: {egress: {level: error, reason: x}}\n": [
        "2:32-38 unknown key `reason` in rules.egress | known here: level, if-known",
    ],
    V + "rules: {egress: [error]}\n": [
        "2:17-24 expected error, warning or off, found a list",
    ],
    V + "rules: {egress: 1}\n": [
        "2:17-18 expected error, warning or off, found a number",
    ],
    # other files and other versions
    V + "extends: ['http://example.org/p.yaml', 'git://example.org/p.yaml']\n": [
        "2:11-38 a policy extends no URL | keep a copy beside this file",
        "2:40-66 a policy extends no URL | keep a copy beside this file",
    ],
    V + "extends: [./lbom-gate.yaml]\n": [
        "2:11-27 `lbom-gate.yaml` extends itself | leads back to a file above",
    ],
    V + "extends: [./gone.yaml, ./lbom-gate.yaml]\n": [
        "2:11-22 `gone.yaml` cannot be read | no such file or directory",
        "2:24-40 `lbom-gate.yaml` extends itself | leads back to a file above",
    ],
    V + "extends: [" + "builtin:minimal, " * 33 + "]\n": [
        "2:538-553 this extends too much | at most 32 files",
    ],
    V + "require-version: '>=0.1,'\n": [
        "2:18-26 expected versions such as `>=0.1,<1` | `>=`, `>`, `<=`, `<`, `==` or `!=` and numbers, with commas between",
    ],
    V + "require-version: '<0.1'\n": [
        "2:18-24 this policy needs lbom-gate <0.1 | this is lbom-gate 0.1.0",
    ],
    V + "require-version: '>=1.0.0rc1'\n": [
        "2:18-30 expected versions such as `>=0.1,<1` | `>=`, `>`, `<=`, `<`, `==` or `!=` and numbers, with commas between",
    ],
    # waivers that nobody can hold to
    V + WAIVER.format("unlisted-license", "a", "r", "o", "31.12.2026"): [
        "7:14-24 expected a date | such as 2026-12-31",
    ],
    V + WAIVER.format("unlisted-license", "a", "r", "o", "2026-2-1"): [
        "7:14-22 expected a date | such as 2026-12-31",
    ],
    V + WAIVER.format("unlisted-license", "a", "r", "o", "2026-02-30"): [
        "7:14-24 there is no day 2026-02-30 | year, month and day",
    ],
    V + WAIVER.format("unlisted-license", "a", "r", "o", "2026-12-31T00:00:00Z"): [
        "7:14-34 expected a date | such as 2026-12-31",
    ],
    V + WAIVER.format("unlisted-license", "a", "r", "o", "never"): [
        "7:14-19 expected a date | such as 2026-12-31",
    ],
    V + WAIVER.format("unlisted-license", "a", "r", "o", "~"): [
        "7:14-15 `expires` has no value | write a value, or remove it",
    ],
    V + WAIVER.format("unlisted-license", "'[z-a].gguf'", "r", "o", "2026-12-31"): [
        "4:11-23 the pattern `[z-a].gguf` has the set `[z-a]` that runs backwards | write `[a-z]`",
    ],
    V + WAIVER.format("unlisted-license", "a", "r", "o", "2026-12-31") + "    sha256: 1234\n": [
        "8:13-17 expected a string, found a number | put it in quotes",
    ],
    V
    + WAIVER.format("unlisted-license", "a", "r", "o", "2026-12-31")
    + "    until: 2027-01-01\n": [
        "8:5-10 unknown key `until` in waivers | known here: rule, path, sha256, reason, owner, expires",
    ],
    V + WAIVER.format("unsafe-import", "models/*.pkl", "r", "o", "2026-12-31"): [
        "4:11-23 `unsafe-import` is waived only by exact path and sha256 | this may match more than one path",
    ],
}
