import assert from "node:assert/strict";
import { test } from "node:test";
import { isWhole } from "../editor/net/whole";

const jpeg = bytesOf(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P//////////////////////////" +
    "////////////////////////////////wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABUQAQEA" +
    "AAAAAAAAAAAAAAAAAAEA/9oACAEBAAA/ACX/2Q==",
);
const png = bytesOf(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAU0lEQVR4nAFIALf/AMKkVRhnALNCBKjTRV1NGKBH" +
    "BAjzAY79/MYGAYn59xq3hc/YAjHvxgxNqsoZAsCDcB3X1G3vAdz0gku4FewCAVdb0iXZ9CT7itIh/aW/DdwAAAAA" +
    "SUVORK5CYII=",
);
const webp = bytesOf(
  "UklGRkAAAABXRUJQVlA4IDQAAACwAQCdASoIAAgACQCsJaQAAppHZuAAAPAh17aZnn0L/Gy1IaVfyjcF2Xjaf4N4" +
    "Yh+QAAAA",
);

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** As cameras write it: a small picture in the file's head, with an end of its own. */
function withSmallPicture(picture: Uint8Array): Uint8Array {
  const length = picture.length + 2;
  const head = Uint8Array.from([0xff, 0xe1, length >> 8, length & 0xff]);
  return joined(picture.slice(0, 2), head, picture, picture.slice(2));
}

test("images as encoders write them are whole, also with something after their end", () => {
  const filled = joined(jpeg.slice(0, 2), Uint8Array.from([0xff, 0xff]), jpeg.slice(2));
  for (const image of [jpeg, png, webp, withSmallPicture(jpeg), filled]) {
    assert.ok(isWhole(image));
    assert.ok(isWhole(joined(image, new Uint8Array(40))));
  }
});

test("an image that is cut off anywhere in its picture is not whole", () => {
  const camera = withSmallPicture(jpeg);
  for (const image of [jpeg, png, webp, camera]) {
    for (let length = image.length - 20; length < image.length - 8; length += 1) {
      assert.ok(!isWhole(image.slice(0, length)), `${length} of ${image.length}`);
    }
  }
});

test("of what it does not know it says nothing", () => {
  assert.ok(isWhole(new Uint8Array()));
  assert.ok(!isWhole(Uint8Array.from(Buffer.from("RIFF"))));
  assert.ok(isWhole(bytesOf("R0lGODlhAQABAAAAACw=")));
});
