import type { ContainerRecord } from "../../state/container.ts";

/** A `--log-opt tag` filled in, with the fields that Podman's inspect and Docker's log tags have. Throws `invalid` for a wrong template. */
export async function renderTag(
  tag: string,
  record: Pick<ContainerRecord, "id" | "name" | "imageId" | "imageName">,
): Promise<string> {
  if (!tag.includes("{{")) return tag;
  const { renderTemplate } = await import("../../lib/go-template/render.ts");
  const { id, name, imageId, imageName } = record;
  return renderTemplate(tag, {
    ID: id.slice(0, 12),
    Id: id,
    FullID: id,
    Name: name,
    ImageName: imageName,
    ImageID: imageId.slice(0, 12),
    ImageFullID: imageId,
    Image: imageId,
    DaemonName: "estiba",
  });
}
