from . import secret_rotation
