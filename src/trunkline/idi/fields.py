"""Typed names for `filter` and `order_by` of IDI searches: `fields.Device.device_id == 5`."""

from trunkline.idi._generated.fields import *  # noqa: F403 - the generated module lists its names
