"""Make the spoken words of the hall's screens anew: python docs/vendor/voice.py

For screens whose browser has no Hindi voice: every word of a call, one after the other in one sound file,
and where each begins and ends. Needs espeak-ng (its Hindi voice) and lame.
"""

import json
import subprocess
import sys
import wave
from array import array
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from billing.words import BELOW_HUNDRED_HINDI, SIZES_HINDI  # noqa: E402

AUDIO = ROOT / "static" / "audio"
PHRASES = ["टोकन संख्या", "कमरा नंबर", *SIZES_HINDI[2:], *BELOW_HUNDRED_HINDI]
_LETTERS = "ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई ज़ेड"
LETTERS = _LETTERS.split()
SPOKEN = {word: word for word in PHRASES} | {chr(65 + n): said for n, said in enumerate(LETTERS)}
RATE, QUIET, GAP = 22_050, 300, 0.08


def samples(text: str) -> "array[int]":
    """The spoken text, without the silence around it."""
    command = ["espeak-ng", "-v", "hi", "-s", "135", "-a", "180", "--stdout", text]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603
    with wave.open(BytesIO(spoken)) as file:
        assert (file.getframerate(), file.getnchannels()) == (RATE, 1)
        sound = array("h", file.readframes(RATE * 10))
    loud = [place for place, value in enumerate(sound) if abs(value) > QUIET]
    return sound[loud[0] : loud[-1] + RATE // 50]


def main() -> None:
    whole, places = array("h"), {}
    for word, text in SPOKEN.items():
        whole.extend([0] * int(RATE * GAP))
        begins = len(whole)
        whole.extend(samples(text))
        places[word] = [round(begins / RATE, 3), round(len(whole) / RATE, 3)]
    whole.extend([0] * RATE)
    AUDIO.mkdir(exist_ok=True)
    pcm = BytesIO()
    with wave.open(pcm, "wb") as file:
        file.setparams((1, 2, RATE, len(whole), "NONE", ""))
        file.writeframes(whole.tobytes())
    lame = ["lame", "--quiet", "-m", "m", "--cbr", "-b", "24", "-", str(AUDIO / "hindi.mp3")]
    subprocess.run(lame, check=True, input=pcm.getvalue())  # noqa: S603
    text = json.dumps(places, ensure_ascii=False, indent=None)
    (AUDIO / "hindi.json").write_text(text.replace("], ", "],\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
