"""From the intermediate form to the files of a package: decisions are made here, templates only print."""

from codegen.render.package import Package, render_package
from codegen.render.writing import ForeignFolderError, write_package

__all__ = ["ForeignFolderError", "Package", "render_package", "write_package"]
