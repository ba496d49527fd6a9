"""Build and install Kirpik. Each root named here holds one import package; metadata is in pyproject.toml."""

from glob import glob

from setuptools import find_packages, setup

ROOTS = ("daemon", "provisioning", "central", "models")
PACKAGES = {name: f"{root}/{name.replace('.', '/')}" for root in ROOTS for name in find_packages(root)}
SHARE = {"share/kirpik/models": ["models/*.tflite", "models/manifest.json"], "share/kirpik/systemd": ["systemd/*"]}

DEEPER = ["templates/*", "static/*", "words/*"]  # of the web pages


def files(patterns: list[str]) -> list[str]:
    """In one order everywhere, so that the same tree makes the same wheel."""
    return [path for pattern in patterns for path in sorted(glob(pattern))]


setup(
    packages=list(PACKAGES),
    package_dir=PACKAGES,
    package_data={
        "": ["py.typed", "*.toml", "*.html", "*.css", "*.mp4", "*.csv", "*.json", "*.yml", "*.ttf", "LICENSE", *DEEPER],
    },
    data_files=[(target, files(patterns)) for target, patterns in SHARE.items()],
)
