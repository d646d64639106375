/** A field's name as the API has it: `workflowId` is `workflow_id`. */
export function inSnakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
