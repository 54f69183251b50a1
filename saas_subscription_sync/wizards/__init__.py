from . import feed_replay
