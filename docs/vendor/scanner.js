// What of @zxing/library our screens need: Code 128 and QR out of one picture of the camera. Bundled as docs/look.md says.
import BinaryBitmap from "@zxing/library/esm/core/BinaryBitmap";
import DecodeHintType from "@zxing/library/esm/core/DecodeHintType";
import HybridBinarizer from "@zxing/library/esm/core/common/HybridBinarizer";
import Code128Reader from "@zxing/library/esm/core/oned/Code128Reader";
import QRCodeReader from "@zxing/library/esm/core/qrcode/QRCodeReader";
import RGBLuminanceSource from "@zxing/library/esm/core/RGBLuminanceSource";

const hints = new Map([[DecodeHintType.TRY_HARDER, true]]);
const readers = [new QRCodeReader(), new Code128Reader()];

/** The text of the code in this ImageData, or "" where there is none. */
export function read({ data, width, height }) {
  const grey = new Uint8ClampedArray(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4)
    grey[at] = (data[from] * 306 + data[from + 1] * 601 + data[from + 2] * 117) >> 10;
  for (const reader of readers) {
    try {
      return reader.decode(new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, width, height))), hints).getText();
    } catch {
      // nothing of this kind in the picture
    }
  }
  return "";
}
