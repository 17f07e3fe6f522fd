"""Not Keras: see the README of this package."""

import hollow

__version__ = "2.12.0"
hollow.hollow_out(__name__)
