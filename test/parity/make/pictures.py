"""Picture files of every kind that turns up, and the RGB that qwen-vl-utils makes of them (Image.open, then to_rgb).

    pip install -r requirements.txt && python pictures.py

Writes fixtures/pictures/: the files, golden.json, golden.safetensors (the RGB of each, [height, width, 3] u8).
"""

import os

import numpy as np
import torch
from common import path, picture, write_json, write_tensors
from PIL import Image, ImageCms
from qwen_vl_utils.vision_process import to_rgb

SIZE = (18, 26)  # height, width: no multiple of a JPEG block


def make():
    rgb = Image.fromarray(picture(*SIZE, 3))
    smooth = rgb.resize((13, 9), Image.BILINEAR).resize((26, 18), Image.BICUBIC)
    ramp = Image.fromarray((np.arange(18 * 26) % 256).astype(np.uint8).reshape(18, 26))
    rgba = rgb.copy()
    rgba.putalpha(ramp)
    yield "rgb.png", rgb, {}
    yield "rgba.png", rgba, {}
    yield "grey.png", rgb.convert("L"), {}
    yield "grey-alpha.png", Image.merge("LA", (rgb.convert("L"), ramp)), {}
    yield "bits.png", rgb.convert("1"), {}
    yield "palette.png", rgb.quantize(17), {}
    yield "palette-clear.png", rgb.quantize(17), dict(transparency=3)
    yield "deep-grey.png", Image.fromarray((np.arange(18 * 26) * 140).astype(np.uint16).reshape(18, 26)), {}
    yield "interlaced.png", rgb, dict(interlace=1)
    yield "photo.jpg", smooth, dict(quality=90, subsampling=0)
    yield "photo-420.jpg", smooth, dict(quality=85, subsampling=2)
    yield "progressive.jpg", smooth, dict(quality=90, progressive=True)
    yield "grey.jpg", smooth.convert("L"), dict(quality=90)
    yield "cmyk.jpg", smooth.convert("CMYK"), dict(quality=95)
    yield "turned.jpg", smooth, dict(quality=95, subsampling=0, exif=turned())
    yield "wide-gamut.jpg", smooth, dict(quality=95, subsampling=0, icc_profile=other_gamut())
    yield "lossless.webp", rgb, dict(lossless=True)
    yield "lossless-alpha.webp", rgba, dict(lossless=True, exact=True)
    yield "photo.webp", smooth, dict(quality=90)
    yield "frames.webp", rgb, dict(save_all=True, append_images=[rgb.transpose(0)], lossless=True, duration=100)
    yield "rgb.tiff", rgb, {}


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def other_gamut():
    """An ICC profile whose colours are not sRGB's (here XYZ): a reader that converts gives other numbers."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes())
    profile[24:36] = bytes(12)  # the time at which it was made
    return bytes(profile)


def main():
    tensors, rows = {}, []
    for name, image, options in make():
        file = path("pictures", name)
        image.save(file, **options)
        os.chmod(file, 0o644)
        with Image.open(file) as opened:
            mode = opened.mode
            tensors[name] = torch.from_numpy(np.array(to_rgb(opened)))
        rows.append(dict(name=name, mode=mode, bytes=os.path.getsize(file)))
    write_tensors(tensors, "pictures", "golden.safetensors")
    write_json(dict(pictures=rows), "pictures", "golden.json")
    print([(r["name"], r["mode"], r["bytes"]) for r in rows])


if __name__ == "__main__":
    main()
