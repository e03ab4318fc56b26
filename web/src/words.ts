// What does the page say, in English and in Spanish?
import { computed, signal } from "@preact/signals";

const english = {
  title: "What is in this picture?",
  titleTeach: "Teach it what it should know",
  language: "Language",
  model: "Model",
  facts: (classes: number, width: number, height: number, grey: boolean) =>
    `${classes} classes, sees ${width} × ${height} ${grey ? "grey" : "colour"} pixels`,
  noModel: "No model yet",
  token: "Token",
  tokenUse: "Use it",
  tokenAsked: "This server asks for a token.",
  tokenWrong: "This token is wrong.",
  silent: "The server does not answer. Is it still running?",
  answered: (status: number) => `The server answered ${status}.`,
  gone: "The page is not complete here. Load it again.",

  input: "What it looks at",
  camera: "Camera",
  picture: "Picture",
  draw: "Draw",
  cameraStart: "Start the camera",
  cameraStop: "Stop",
  cameraWhich: "Camera",
  cameraNumber: (n: number) => `Camera ${n}`,
  mirror: "Mirror",
  mirrorHint: "Shows the camera as a mirror does; the model still sees it as it is.",
  freeze: "Freeze",
  cameraIntro: "The model names what your camera sees, many times a second.",
  cameraStays: "Its pictures stay in this browser.",
  cameraGoes: "Its pictures go to this server only.",
  cameraRefused: "The browser does not let this page use the camera. Allow it beside the address, then start again.",
  cameraNone: "There is no camera here. Connect one, or choose a picture.",
  cameraBusy: "The camera is in use by another program. Close that, then start again.",
  cameraInsecure: "Browsers give a camera only to pages of this machine and to https. Open the page that way.",
  cameraFailed: (reason: string) => `The camera does not start: ${reason}`,
  choose: "Choose a picture",
  drop: "or drop one here, or paste one",
  examples: "Examples",
  example: (name: string) => `Example: ${name}`,
  drawHint: "Draw with a mouse, a pen or a finger. By keyboard: arrows move, space puts the pen down and lifts it, Delete clears.",
  drawArea: "Drawing area",
  drawClear: "Clear",
  drawUndo: "Undo",
  drawPen: "Pen",
  drawInvert: "Swap ink and paper",
  drawFit: "Size it as in training",
  drawName: "the drawing",
  frameName: "the camera",
  noFile: "That was no picture file. Save the picture first, then drop or choose the file.",
  tooLarge: (name: string, megabytes: string, most: number) =>
    `${name} has ${megabytes} MB; this server takes up to ${most} MB.`,
  tooMany: (name: string) => `${name} has more than 100 megapixels. Choose a smaller picture.`,
  notRead: (name: string) => `${name} is no picture that this browser can read. Save it as JPEG or PNG.`,
  notReadThere: (name: string, reason: string) => `${name} cannot be read. Save it as JPEG or PNG. The server says: ${reason}`,

  answer: "The answer",
  waiting: "Show it something: the answer appears here.",
  untaught: "There is no model yet. Add pictures of each class below, then train.",
  loading: "Loading the model …",
  probable: (share: string) => `${share} probable`,
  notSure: (share: string) => `Not sure: only ${share} probable`,
  spoken: (name: string, share: string, sure: boolean) => `${name}, ${share}${sure ? "" : ", not sure"}`,
  all: "Probabilities by class",
  where: "Where it runs",
  browser: "This browser",
  server: "Server",
  both: "Both",
  backend: "Engine",
  time: (milliseconds: string) => `${milliseconds} ms`,
  frames: (rate: string) => `${rate} frames/s`,
  difference: (gap: string) => `Largest difference between browser and server: ${gap}.`,
  whyDifferent: "JPEG files: the server shrinks them while it decodes, the browser afterwards, so differences of some hundredths are normal.",
  sameSteps: "Both prepare a picture in the same steps as training.",
  others: (n: number) => `and ${n} other classes`,
  saliency: "What mattered?",
  saliencyWorking: "Covering the picture piece by piece …",
  saliencySays: (place: string, name: string, before: string, after: string) =>
    `What mattered most is ${place}: with that covered, ${name} falls from ${before} to ${after}.`,
  saliencyNothing: (name: string) => `No single place matters: ${name} stays whatever is covered.`,
  places: [
    ["the upper left", "the upper middle", "the upper right"],
    ["the left", "the middle", "the right"],
    ["the lower left", "the lower middle", "the lower right"],
  ],
  engineFailed: (reason: string) => `The model does not run in this browser (${reason}).`,

  teach: "Teach it",
  teachIntro: "Make classes, add pictures of each from the camera or from files, then train. Everything stays on this machine.",
  teachFolder: (folder: string) => `Pictures are kept in ${folder}`,
  teachClass: "New class",
  teachAddClass: "Add class",
  teachAdd: (name: string) => `Add what is shown to ${name}`,
  teachHold: "Add; hold for many",
  teachFiles: "Files …",
  teachFilesOf: (name: string) => `Add files to ${name}`,
  teachCount: (n: number) => (n === 1 ? "1 picture" : `${n} pictures`),
  teachDrop: (name: string) => `Remove the class ${name}`,
  teachUndo: "Undo the last picture",
  teachUndone: (name: string) => `Taken back from ${name}.`,
  teachNothing: "Show it something first: start the camera, choose a picture or draw.",
  teachTime: "Time for training",
  minutes: (n: number) => (n === 1 ? "1 minute" : `${n} minutes`),
  teachTrain: "Train",
  teachStop: "Stop training",
  teachNeeds: "Training needs two classes with at least 8 pictures each.",
  teachVary:
    "Take each class at least five times, from other sides, with pauses between: whole takes are then set aside for the test. Until then its accuracy may flatter.",
  teachRunning: (seconds: number) => `Training, ${seconds} s`,
  teachFinishing: "Making it ready for the browser …",
  teachDone: (accuracy: string, n: number, low: string, high: string) =>
    `Done: ${accuracy} of ${n} pictures it had never seen are named right (95 % interval: ${low} to ${high}). The new model is in use.`,
  teachDoneUntested: "Done. The new model is in use.",
  teachFailed: "Training did not succeed:",
  teachStopped: "Stopped. Nothing was changed: the model from before is still in use.",
  teachLog: "What it says",
  teachCaught: (name: string, n: number) => `${name}: ${n}`,
  teachSome: (kept: number, all: number, name: string, refused: string) =>
    `${kept} of ${all} files were added to ${name}. Not pictures that can be read: ${refused}.`,

  keepsNone: "Pictures are prepared as in training and kept nowhere.",
  keepsAdded: "Pictures are prepared as in training; only those that you add to a class are kept.",
  offline: "This page works without a connection once it was loaded.",
  licences: "Licences",
};

export type Words = typeof english;

const spanish: Words = {
  title: "¿Qué hay en esta imagen?",
  titleTeach: "Enséñale lo que debe saber",
  language: "Idioma",
  model: "Modelo",
  facts: (classes, width, height, grey) => `${classes} clases, ve ${width} × ${height} píxeles ${grey ? "grises" : "en color"}`,
  noModel: "Aún no hay modelo",
  token: "Clave",
  tokenUse: "Usarla",
  tokenAsked: "Este servidor pide una clave.",
  tokenWrong: "Esta clave no es correcta.",
  silent: "El servidor no responde. ¿Sigue en marcha?",
  answered: (status) => `El servidor respondió ${status}.`,
  gone: "La página no está completa. Vuelve a cargarla.",

  input: "Lo que mira",
  camera: "Cámara",
  picture: "Imagen",
  draw: "Dibujar",
  cameraStart: "Encender la cámara",
  cameraStop: "Apagar",
  cameraWhich: "Cámara",
  cameraNumber: (n) => `Cámara ${n}`,
  mirror: "Espejo",
  mirrorHint: "Muestra la cámara como un espejo; el modelo la sigue viendo tal cual.",
  freeze: "Congelar",
  cameraIntro: "El modelo nombra lo que ve tu cámara, muchas veces por segundo.",
  cameraStays: "Sus imágenes no salen de este navegador.",
  cameraGoes: "Sus imágenes solo van a este servidor.",
  cameraRefused: "El navegador no deja usar la cámara a esta página. Permítelo junto a la dirección y enciéndela de nuevo.",
  cameraNone: "Aquí no hay cámara. Conecta una o elige una imagen.",
  cameraBusy: "Otro programa está usando la cámara. Ciérralo y enciéndela de nuevo.",
  cameraInsecure: "Los navegadores solo dan la cámara a páginas de este equipo y a https. Abre la página así.",
  cameraFailed: (reason) => `La cámara no arranca: ${reason}`,
  choose: "Elegir una imagen",
  drop: "o suéltala aquí, o pégala",
  examples: "Ejemplos",
  example: (name) => `Ejemplo: ${name}`,
  drawHint: "Dibuja con ratón, lápiz o dedo. Con el teclado: las flechas mueven, espacio baja y levanta el lápiz, Supr borra.",
  drawArea: "Zona de dibujo",
  drawClear: "Borrar",
  drawUndo: "Deshacer",
  drawPen: "Trazo",
  drawInvert: "Cambiar tinta y papel",
  drawFit: "Ajustar como en el entrenamiento",
  drawName: "el dibujo",
  frameName: "la cámara",
  noFile: "Eso no era un archivo de imagen. Guarda primero la imagen y luego suelta o elige el archivo.",
  tooLarge: (name, megabytes, most) => `${name} tiene ${megabytes} MB; este servidor admite hasta ${most} MB.`,
  tooMany: (name) => `${name} tiene más de 100 megapíxeles. Elige una imagen más pequeña.`,
  notRead: (name) => `${name} no es una imagen que este navegador pueda leer. Guárdala como JPEG o PNG.`,
  notReadThere: (name, reason) => `${name} no se puede leer. Guárdala como JPEG o PNG. El servidor dice: ${reason}`,

  answer: "La respuesta",
  waiting: "Enséñale algo: la respuesta aparece aquí.",
  untaught: "Aún no hay modelo. Añade abajo imágenes de cada clase y entrena.",
  loading: "Cargando el modelo …",
  probable: (share) => `${share} de probabilidad`,
  notSure: (share) => `No es seguro: solo ${share} de probabilidad`,
  spoken: (name, share, sure) => `${name}, ${share}${sure ? "" : ", no es seguro"}`,
  all: "Probabilidades por clase",
  where: "Dónde se calcula",
  browser: "Este navegador",
  server: "Servidor",
  both: "Ambos",
  backend: "Motor",
  time: (milliseconds) => `${milliseconds} ms`,
  frames: (rate) => `${rate} imágenes/s`,
  difference: (gap) => `Mayor diferencia entre navegador y servidor: ${gap}.`,
  whyDifferent: "Archivos JPEG: el servidor los reduce al descodificar y el navegador después; son normales diferencias de algunas centésimas.",
  sameSteps: "Ambos preparan la imagen con los mismos pasos que el entrenamiento.",
  others: (n) => `y otras ${n} clases`,
  saliency: "¿Qué importó?",
  saliencyWorking: "Tapando la imagen pieza a pieza …",
  saliencySays: (place, name, before, after) =>
    `Lo que más importó está ${place}: al taparlo, ${name} baja de ${before} a ${after}.`,
  saliencyNothing: (name) => `Ningún lugar importa por sí solo: ${name} se mantiene se tape lo que se tape.`,
  places: [
    ["arriba a la izquierda", "arriba en el centro", "arriba a la derecha"],
    ["a la izquierda", "en el centro", "a la derecha"],
    ["abajo a la izquierda", "abajo en el centro", "abajo a la derecha"],
  ],
  engineFailed: (reason) => `El modelo no funciona en este navegador (${reason}).`,

  teach: "Enséñale",
  teachIntro: "Crea clases, añade imágenes de cada una con la cámara o desde archivos y entrena. Todo queda en este equipo.",
  teachFolder: (folder) => `Las imágenes se guardan en ${folder}`,
  teachClass: "Clase nueva",
  teachAddClass: "Añadir clase",
  teachAdd: (name) => `Añadir lo que se ve a ${name}`,
  teachHold: "Añadir; mantén pulsado para varias",
  teachFiles: "Archivos …",
  teachFilesOf: (name) => `Añadir archivos a ${name}`,
  teachCount: (n) => (n === 1 ? "1 imagen" : `${n} imágenes`),
  teachDrop: (name) => `Quitar la clase ${name}`,
  teachUndo: "Deshacer la última imagen",
  teachUndone: (name) => `Retirada de ${name}.`,
  teachNothing: "Enséñale algo primero: enciende la cámara, elige una imagen o dibuja.",
  teachTime: "Tiempo para entrenar",
  minutes: (n) => (n === 1 ? "1 minuto" : `${n} minutos`),
  teachTrain: "Entrenar",
  teachStop: "Parar",
  teachNeeds: "Para entrenar hacen falta dos clases con al menos 8 imágenes cada una.",
  teachVary:
    "Toma cada clase al menos cinco veces, desde otros lados y con pausas: así se apartan tomas enteras para la prueba. Mientras tanto, el acierto puede ser demasiado optimista.",
  teachRunning: (seconds) => `Entrenando, ${seconds} s`,
  teachFinishing: "Preparándolo para el navegador …",
  teachDone: (accuracy, n, low, high) =>
    `Listo: acierta ${accuracy} de ${n} imágenes que nunca había visto (intervalo del 95 %: ${low} a ${high}). El modelo nuevo está en uso.`,
  teachDoneUntested: "Listo. El modelo nuevo está en uso.",
  teachFailed: "El entrenamiento no salió bien:",
  teachStopped: "Parado. Nada ha cambiado: el modelo anterior sigue en uso.",
  teachLog: "Lo que dice",
  teachCaught: (name, n) => `${name}: ${n}`,
  teachSome: (kept, all, name, refused) => `${kept} de ${all} archivos se añadieron a ${name}. No son imágenes que se puedan leer: ${refused}.`,

  keepsNone: "Las imágenes se preparan como en el entrenamiento y no se guardan.",
  keepsAdded: "Las imágenes se preparan como en el entrenamiento; solo se guardan las que añades a una clase.",
  offline: "Una vez cargada, esta página funciona sin conexión.",
  licences: "Licencias",
};

const known = { en: english, es: spanish };
export type Language = keyof typeof known;
export const languages: [Language, string][] = [["en", "English"], ["es", "Español"]];

function first(): Language {
  const wanted = [remembered(), ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return (wanted.find((tag) => tag in known) as Language | undefined) ?? "en";
}

function remembered(): string {
  try {
    return localStorage.getItem("receta.language") ?? "";
  } catch {
    return ""; // storage is switched off
  }
}

export const language = signal<Language>(first());
export const words = computed<Words>(() => known[language.value]);

export function speak(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem("receta.language", chosen);
  } catch {
    return; // then only for this visit
  }
}

/** A share of one as a reader wants it; never 0 % or 100 % of what is neither. */
export function percent(share: number): string {
  const said = (value: number) => value.toLocaleString(language.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  if (share < 0.0005) return `< ${said(0.1)} %`;
  if (share > 0.9995) return `> ${said(99.9)} %`;
  return `${said(share * 100)} %`;
}
