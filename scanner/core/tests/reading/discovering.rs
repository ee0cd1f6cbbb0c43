//! Which files come up.

use std::io;
use std::path::{Path, PathBuf};

use lbom_scanner::discovery::{Found, Named, discover};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;
use crate::safetensors_writer;

/// What comes up below the directory: names, marked where something is not examined.
fn found_in(directory: &Directory, names: &[&str]) -> Vec<String> {
    let paths: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    found_of(directory, &paths, directory.path())
}

fn found_of(directory: &Directory, paths: &[PathBuf], root: &Path) -> Vec<String> {
    let name = |path: &Path| {
        let path = path.strip_prefix(directory.path()).unwrap_or(path);
        path.to_string_lossy().into_owned()
    };
    discover(paths, root, Named::Always, &|| false)
        .into_iter()
        .map(|found| match found {
            Found::File {
                path,
                is_named: true,
            } => format!("{} named", name(&path)),
            Found::File {
                path,
                is_named: false,
            } => name(&path),
            Found::NotExamined(record) => format!("{} {}", name(&record.path), record.kind),
        })
        .collect()
}

#[test]
fn models_come_up_by_content_or_suffix_in_order() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("b/disguised.txt", Gguf::valid().bytes())?;
    directory.write("b/unknown.gguf", "anything")?;
    directory.write("a.safetensors", safetensors_writer::valid())?;
    directory.write("c/notes.md", "nothing")?;
    directory.write("c/sha256-00", Gguf::valid().bytes())?;
    directory.write(".hidden/model", Gguf::valid().bytes())?;
    directory.write(".git/model.gguf", Gguf::valid().bytes())?;
    directory.write(".gitignore", "*.txt\n*.safetensors\n")?;

    assert_eq!(
        found_in(&directory, &["."]),
        [
            ".hidden/model",
            "a.safetensors",
            "b/disguised.txt",
            "b/unknown.gguf",
            "c/sha256-00",
        ]
    );
    Ok(())
}

#[test]
fn a_named_file_comes_up_whatever_it_is() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("notes.md", "nothing")?;
    directory.write("m.gguf", Gguf::valid().bytes())?;

    assert_eq!(found_in(&directory, &["notes.md"]), ["notes.md named"]);
    assert_eq!(
        found_in(&directory, &["notes.md", "."]),
        ["notes.md named", "m.gguf"]
    );
    assert_eq!(found_in(&directory, &[".", "m.gguf"]), ["m.gguf named"]);
    assert_eq!(found_in(&directory, &["gone.gguf"]), ["gone.gguf missing"]);
    Ok(())
}

#[test]
fn a_pointer_comes_up_unless_its_name_says_it_is_no_model() -> io::Result<()> {
    let directory = Directory::new()?;
    let pointer = "version https://git-lfs.github.com/spec/v1\n";
    directory.write("m.gguf", pointer)?;
    directory.write("m.bin", pointer)?;
    directory.write("weights", pointer)?;
    directory.write("logo.png", pointer)?;

    assert_eq!(found_in(&directory, &["."]), ["m.bin", "m.gguf", "weights"]);
    Ok(())
}

#[test]
fn a_directory_named_like_a_model_is_said_and_walked() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("x.gguf/inner.gguf", Gguf::valid().bytes())?;

    assert_eq!(
        found_in(&directory, &["."]),
        ["x.gguf directory", "x.gguf/inner.gguf"]
    );
    Ok(())
}

#[test]
fn a_cancelled_search_ends() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", Gguf::valid().bytes())?;

    assert_eq!(
        discover(
            &[directory.path().into()],
            directory.path(),
            Named::Always,
            &|| true
        ),
        []
    );
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::UnixListener;
    use std::process::Command;
    use std::{ffi::OsStr, fs};

    use super::*;

    #[test]
    fn a_link_inside_the_root_is_followed_and_one_out_of_it_is_not() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.write("outside/m", Gguf::valid().bytes())?;
        directory.write("outside/notes", "nothing")?;
        directory.write("root/blobs/m", Gguf::valid().bytes())?;
        directory.link("root/models/in.gguf", "../blobs/m")?;
        directory.link("root/models/out.gguf", "../../outside/notes")?;
        directory.link("root/models/out-by-content", "../../outside/m")?;
        directory.link("root/models/out-and-nothing", "../../outside/notes")?;
        directory.link("root/models/out-directory", "../../outside")?;

        let found = found_of(
            &directory,
            &[directory.join("root/models")],
            &directory.join("root"),
        );

        assert_eq!(
            found,
            [
                "root/models/in.gguf",
                "root/models/out-by-content symlink-escape",
                "root/models/out-directory symlink-escape",
                "root/models/out.gguf symlink-escape",
            ]
        );
        Ok(())
    }

    #[test]
    fn a_link_inside_a_path_that_was_asked_for_is_followed() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.write("store/blobs/m", "anything")?;
        directory.link("store/m.gguf", "blobs/m")?;
        directory.write("root/x", "")?;

        let found = found_of(
            &directory,
            &[directory.join("store")],
            &directory.join("root"),
        );

        assert_eq!(found, ["store/m.gguf"]);
        Ok(())
    }

    #[test]
    fn a_named_link_must_stay_inside_the_root() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.write("outside/m.gguf", Gguf::valid().bytes())?;
        directory.link("root/file.gguf", "../outside/m.gguf")?;
        directory.link("root/directory", "../outside")?;
        let paths = [
            directory.join("root/file.gguf"),
            directory.join("root/directory"),
        ];

        let found = found_of(&directory, &paths, &directory.join("root"));

        assert_eq!(
            found,
            [
                "root/file.gguf symlink-escape",
                "root/directory symlink-escape"
            ]
        );
        Ok(())
    }

    #[test]
    fn links_to_nothing_and_in_circles_are_said_where_they_look_like_models() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.link("dangling.gguf", "gone")?;
        directory.link("dangling", "gone")?;
        directory.link("loop.gguf", "loop.gguf")?;
        directory.link("named", "gone")?;

        assert_eq!(
            found_in(&directory, &[".", "named"]),
            [
                "dangling.gguf dangling-link",
                "loop.gguf link-loop",
                "named dangling-link"
            ]
        );
        Ok(())
    }

    #[test]
    fn a_file_comes_up_once_under_each_of_its_names() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.write("models/m.gguf", Gguf::valid().bytes())?;
        directory.link("a-link.gguf", "models/m.gguf")?;
        directory.link("a-directory", "models")?;
        directory.link("models/up", "..")?;

        assert_eq!(
            found_in(&directory, &[".", "models/../models"]),
            [
                "a-directory/m.gguf",
                "a-link.gguf",
                "models/m.gguf",
                "models/../models/m.gguf"
            ]
        );
        assert_eq!(
            found_in(&directory, &["a-link.gguf"]),
            ["a-link.gguf named"]
        );
        Ok(())
    }

    #[test]
    fn directories_that_lead_to_each_other_are_walked_to_an_end() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.write("a/m.gguf", Gguf::valid().bytes())?;
        directory.write("b/n.gguf", Gguf::valid().bytes())?;
        directory.link("a/to-b", "../b")?;
        directory.link("b/to-a", "../a")?;

        assert_eq!(
            found_in(&directory, &["."]),
            [
                "a/m.gguf",
                "a/to-b/n.gguf",
                "a/to-b/to-a/m.gguf",
                "b/n.gguf",
                "b/to-a/m.gguf",
                "b/to-a/to-b/n.gguf"
            ]
        );
        Ok(())
    }

    #[test]
    fn links_that_multiply_the_names_of_many_files_are_not_all_followed() -> io::Result<()> {
        let directory = Directory::new()?;
        for number in 0..512 {
            directory.write(&format!("a/{number}.gguf"), "")?;
        }
        for number in 0..40 {
            directory.link(&format!("link-{number:02}"), "a")?;
        }

        let found = found_in(&directory, &[""]);
        let is_unfollowed = |name: &&String| name.ends_with("limit-links");
        // Each file has its own name, and those by 32 links.
        assert_eq!(found.iter().filter(is_unfollowed).count(), 8);
        assert_eq!(found.len(), 8 + 512 * 33);
        assert!(found.contains(&"link-32 limit-links".to_owned()));
        Ok(())
    }

    #[test]
    fn links_that_multiply_the_names_of_directories_are_not_all_followed() -> io::Result<()> {
        let directory = Directory::new()?;
        for number in 0..512 {
            fs::create_dir_all(directory.join(&format!("a/{number}")))?;
        }
        for number in 0..40 {
            directory.link(&format!("link-{number:02}"), "a")?;
        }

        let found = found_in(&directory, &[""]);
        assert_eq!(found.len(), 8);
        assert_eq!(
            found.first().map(String::as_str),
            Some("link-32 limit-links")
        );
        Ok(())
    }

    #[test]
    fn links_to_many_files_that_have_no_other_name_are_all_followed() -> io::Result<()> {
        let directory = Directory::new()?;
        for number in 0..20 {
            for file in 0..1000 {
                directory.write(&format!("store/{number}/{file}.js"), "")?;
            }
            directory.link(&format!("links/{number}"), format!("../store/{number}"))?;
        }

        assert_eq!(found_in(&directory, &[""]), [""; 0]);
        assert_eq!(found_in(&directory, &["links"]), [""; 0]);
        Ok(())
    }

    #[test]
    fn a_file_of_a_store_comes_up_under_the_name_of_its_link_too() -> io::Result<()> {
        let directory = Directory::new()?;
        directory.write("blobs/0f3a", Gguf::valid().bytes())?;
        directory.link("snapshots/model.gguf", "../blobs/0f3a")?;

        assert_eq!(
            found_in(&directory, &["."]),
            ["blobs/0f3a", "snapshots/model.gguf"]
        );
        Ok(())
    }

    #[test]
    fn what_is_no_regular_file_is_said_where_it_looks_like_a_model() -> io::Result<()> {
        let directory = Directory::new()?;
        let fifo = directory.join("fifo.gguf");
        assert!(Command::new("mkfifo").arg(&fifo).status()?.success());
        assert!(
            Command::new("mkfifo")
                .arg(directory.join("fifo"))
                .status()?
                .success()
        );
        let _socket = UnixListener::bind(directory.join("socket.gguf"))?;
        directory.link("device.gguf", "/dev/zero")?;

        assert_eq!(
            found_in(&directory, &["."]),
            [
                "device.gguf symlink-escape",
                "fifo.gguf not-a-regular-file",
                "socket.gguf not-a-regular-file",
            ]
        );
        assert_eq!(found_in(&directory, &["fifo"]), ["fifo not-a-regular-file"]);
        Ok(())
    }

    #[test]
    fn a_name_that_is_not_utf8_comes_up() -> io::Result<()> {
        let directory = Directory::new()?;
        let path = directory.path().join(OsStr::from_bytes(b"\xff.gguf"));
        fs::write(&path, Gguf::valid().bytes())?;

        let found = discover(
            &[directory.path().into()],
            directory.path(),
            Named::Always,
            &|| false,
        );

        assert_eq!(
            found,
            [Found::File {
                path,
                is_named: false
            }]
        );
        Ok(())
    }
}
