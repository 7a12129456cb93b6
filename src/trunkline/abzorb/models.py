"""The models of Abzorb responses and requests; generated, see `trunkline.abzorb._generated.models`."""

from trunkline.abzorb._generated.models import *  # noqa: F403 - the generated module lists its names
