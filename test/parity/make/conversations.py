"""Conversations as lists of segments, for makers under any version of transformers: a number is so many tokens of text, a list is
['v' or 'i', frames, height, width in patches, seconds per grid]."""


def expand(segments, config):
    """Token ids of a conversation; text counts up from 10, so that no two tokens beside each other are equal."""
    ids, images, videos, seconds = [], [], [], []
    for segment in segments:
        if isinstance(segment, int):
            ids += [10 + len(ids) % 50 + i for i in range(segment)]
            continue
        kind, t, h, w, s = segment
        token = config.video_token_id if kind == "v" else config.image_token_id
        ids += [config.vision_start_token_id, *[token] * (t * h * w // 4), config.vision_end_token_id]
        (videos if kind == "v" else images).append([t, h, w])
        seconds += [s] if kind == "v" else []
    return ids, images, videos, seconds
