// What our screens need to read: Code 128 and QR out of one picture of the camera. Bundled as docs/look.md says.
import decodeQR from "qr/decode.js";
import BinaryBitmap from "@zxing/library/esm/core/BinaryBitmap";
import DecodeHintType from "@zxing/library/esm/core/DecodeHintType";
import HybridBinarizer from "@zxing/library/esm/core/common/HybridBinarizer";
import Code128Reader from "@zxing/library/esm/core/oned/Code128Reader";
import RGBLuminanceSource from "@zxing/library/esm/core/RGBLuminanceSource";

const hints = new Map([[DecodeHintType.TRY_HARDER, true]]);
const bars = new Code128Reader();

function grey({ data, width, height }) {
  const grey = new Uint8ClampedArray(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4)
    grey[at] = (data[from] * 306 + data[from + 1] * 601 + data[from + 2] * 117) >> 10;
  return new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, width, height)));
}

/** The text of the code in this ImageData, or "" where there is none. */
export function read(picture) {
  for (const look of [() => decodeQR(picture), () => bars.decode(grey(picture), hints).getText()]) {
    try {
      return look();
    } catch {
      // nothing of this kind in the picture
    }
  }
  return "";
}
