"""The difference hash: a number that stays nearly the same when a picture is saved anew.

Source: Neal Krawetz, “Kind of Like That”, The Hacker Factor Blog, 21 January 2013.
"""

from PIL import Image

WIDTH, HEIGHT = 9, 8
BITS = 64
# No pixel is brighter than the one beside it: an even picture, of which there are many.
FLAT = 0


def difference_hash(image: Image.Image) -> int:
    """Bit n: of two neighbours in a row of the picture at 9 x 8, the left one is the brighter.

    The bits are read as a signed number of 64 bits, as databases store it.

    >>> difference_hash(Image.linear_gradient("L"))
    0
    >>> difference_hash(Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90))
    0
    >>> difference_hash(Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_270))
    -1
    """
    small = _on_white(image).convert("L").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    pixels = small.tobytes()
    bits = 0
    for row in range(0, len(pixels), WIDTH):
        for left in range(row, row + WIDTH - 1):
            bits = bits << 1 | (pixels[left] > pixels[left + 1])
    return _signed(bits)


def neighbours(value: int) -> list[int]:
    """The hashes that differ in one bit.

    >>> sorted(neighbours(0))[:3], len(set(neighbours(-1)))
    ([-9223372036854775808, 1, 2], 64)
    """
    bits = value % 2**BITS
    return [_signed(bits ^ 1 << place) for place in range(BITS)]


def _on_white(image: Image.Image) -> Image.Image:
    """What is transparent may have any colour, which nobody sees."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white


def _signed(bits: int) -> int:
    return bits - 2**BITS if bits >> (BITS - 1) else bits
