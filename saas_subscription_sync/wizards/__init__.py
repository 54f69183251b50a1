from . import access_decision, feed_replay
