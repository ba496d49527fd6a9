"""What turns frames into violations, for one site: networks, finder, reader, pipeline."""

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kirpik.adapters.engine import EngineKind, TfliteNetwork, choose_engine
from kirpik.adapters.models_folder import Models, find_models, load_models
from kirpik.adapters.reduce import reduce_view
from kirpik.pipeline import Pipeline
from kirpik.road.spots import plate_spots
from kirpik.road.watch import Watch
from kirpik.site import Site
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector
from kirpik.vision.finder import PlateFinder
from kirpik.vision.read import Reader
from kirpik.vision.register import register
from kirpik.vision.views import plan_views

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    site: Site
    models: Models
    pipeline: Pipeline
    engine_fallback: bool = False
    """The wanted engine could not be had, and another does its work."""


def open_sight(
    site: Site, *, models: Path | None, kind: EngineKind = "auto", require: bool = False, threads: int = 1,
    watch: Watch | None = None,
) -> Sight:  # fmt: skip
    engine, why = choose_engine(kind, require=require)
    if why is not None:
        log.warning("engine=%s why='%s'", engine, why)
    loaded = load_models(find_models(models), partial(TfliteNetwork, kind=engine, threads=threads))
    finder = open_finder(loaded, site)
    read = open_reader(loaded, site.header.plate_formats).read
    return Sight(site, loaded, Pipeline(site, finder, read, register, watch=watch), engine_fallback=why is not None)


def open_finder(models: Models, site: Site) -> PlateFinder:
    """Looks where the site's lanes are, as finely as plates there are small."""
    detector = Detector(models.detector)
    views = plan_views(plate_spots(site), (site.camera.width, site.camera.height), detector.input_size)
    return PlateFinder(detector, CornerFinder(models.corners), reduce_view, views=views)


def open_reader(models: Models, formats: tuple[str, ...]) -> Reader:
    settings = models.manifest.networks["reader"].settings
    return Reader(
        models.reader,
        temperature=settings["temperature"],
        accept=settings["accept"],
        formats=None if "any" in formats else formats,
    )
