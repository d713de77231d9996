"""QR codes of report forms, as SVG."""

import qrcode
from qrcode.image.svg import SvgPathImage

BORDER = 4  # modules of white around the code, as its standard asks
BOX = 12


def svg(text: str) -> bytes:
    """Return the QR code of a text, with error correction for a poster that is torn or wet."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, box_size=BOX, border=BORDER)
    code.add_data(text)
    code.make(fit=True)
    found: bytes = code.make_image(image_factory=SvgPathImage).to_string(encoding="utf-8")
    return found
