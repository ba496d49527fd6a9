"""All kinds of plates that are drawn."""

from kirpik_models.layouts_abroad import ABROAD
from kirpik_models.layouts_home import HOME

LAYOUTS = HOME + ABROAD
