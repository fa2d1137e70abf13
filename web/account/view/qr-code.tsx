import { useMemo } from "preact/hooks";
import { qrPicture } from "../qr";

interface QrCodeProps {
  readonly text: string;
  readonly label: string;
}

/** Dark on white in dark colours, too: cameras don't find it the other way round. */
export function QrCode({ text, label }: QrCodeProps) {
  const { size, path } = useMemo(() => qrPicture(text), [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
