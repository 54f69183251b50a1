from . import access_decision, feed_replay, partner_merge
