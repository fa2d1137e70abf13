/** The build turns style sheets into their minified text. */
declare module "*.css" {
  const text: string;
  export default text;
}
