"""The models of IDI responses and requests; generated, see `trunkline.idi._generated.models`."""

from trunkline.idi._generated.models import *  # noqa: F403 - the generated module lists its names
