"""What the benchmark of installing weighs and shows; test_wheel.py installs."""

from __future__ import annotations

from pathlib import Path

from benchmarks.install import table, weighed


def write_package(site: Path, name: str, size: int) -> None:
    info = site / f"{name}-1.2.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}.py").write_bytes(b"#" * size)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "RECORD").write_text(f"{name}.py,,\n{name}-1.2.dist-info/METADATA,,\n")


def test_packages_weigh_what_their_files_do(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3" / "site-packages"
    write_package(site, "small", 10)
    write_package(site, "large", 5000)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(site / "large.py")  # Python itself was there before
    found = weighed(tmp_path)
    assert list(found["packages"]) == ["large", "small"]
    metadata = (site / "large-1.2.dist-info" / "METADATA").stat().st_size
    assert found["packages"]["large"] == {"bytes": 5000 + metadata, "version": "1.2"}
    files = [path for path in site.rglob("*") if path.is_file()]
    assert found["bytes"] == sum(path.stat().st_size for path in files)


def test_the_table_says_it_in_megabytes_and_seconds() -> None:
    results = {
        "wheel_bytes": 15_400_000,
        "install_seconds": 12.3,
        "environment": {"bytes": 300e6, "packages": {"onnxruntime": {"bytes": 60e6}}},
        "first_mask": {"first_seconds": 1.5, "seconds": 0.75, "peak_mb": 150.4, "runs": [0.7] * 6},
    }
    rows = table(results).splitlines()[2:]
    assert rows[0].endswith("| 15 MB |")
    assert rows[1].endswith("| 300 MB (onnxruntime 60 MB) |")
    assert rows[3].endswith("| 1.50 s |")
    assert rows[4].endswith("median of 5 processes | 0.75 s, 150 MB of memory |")
