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
  serverSays: (reason: string) => reason,
  reasons: {} as Record<string, string>, // by the code of a refusal; the server's own line is English
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
  loading: "Loading the model …",
  probable: (share: string) => `${share} probable`,
  notSure: (share: string) => `Not sure: only ${share} probable`,
  spoken: (name: string, share: string, sure: boolean) => `${name}, ${share}${sure ? "" : ", not sure"}`,
  all: "Probabilities by class",
  where: "Where it runs",
  browser: "This browser",
  server: "Server",
  both: "Both",
  details: "Details",
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

  teach: "Pictures of each class",
  teachIntro: "Collect pictures of two or more things, then train. Everything stays on this machine.",
  teachFolder: (folder: string) => `Kept in ${folder}`,
  teachCameraIntro: "Start the camera, then hold the button of a class and move the thing about.",
  teachClassName: (n: number) => `Class ${n}`,
  teachNameOf: (name: string) => `Name of the class ${name}`,
  teachNameless: "A class needs a name.",
  teachAddClass: "Add a class",
  teachOf: (what: string, name: string) => `${what}: ${name}`,
  teachHold: "Hold to take pictures",
  teachAddShown: "Add this picture",
  teachCamera: "Use the camera",
  teachFiles: "Choose files",
  teachMore: (n: number) => `and ${n} more`,
  teachRemove: (file: string, name: string) => `Remove the picture ${file} of ${name}`,
  teachCount: (n: number) => (n === 1 ? "1 picture" : `${n} pictures`),
  teachDrop: (name: string) => `Remove the class ${name}`,
  teachUndo: "Undo the last picture",
  teachUndone: (name: string) => `Taken back from ${name}.`,
  teachTime: "Time for training",
  minutes: (n: number) => (n === 1 ? "1 minute" : `${n} minutes`),
  teachTrain: "Train",
  teachStop: "Stop training",
  teachNeeds: "Training needs two classes with at least 8 pictures each.",
  teachReady: "Ready to train.",
  teachVary:
    "Take each class at least five times, from other sides, with pauses between: whole takes are then set aside for the test. Until then its accuracy may flatter.",
  teachRunning: "Training",
  teachSteps: [["reading", "Reads and checks the pictures"], ["running", "Trains networks and compares them"],
    ["finishing", "Tests the best one and makes it ready for the browser"]] as [string, string][],
  teachAbout: (spent: string, all: string) => `${spent} of about ${all}`,
  teachResult: "How good it is",
  teachDone: (right: number, n: number, low: string, high: string) =>
    `It names ${right} of ${n} pictures right that it had never seen. Of other pictures like these it would name ${low} to ${high} right (95\u00a0% interval).`,
  teachDoneUntested: "No pictures were left to test it with.",
  verdicts: {} as Record<string, string>, // the server's words are English
  verdictWhy: {
    "good for use": "Even at the low end of the interval it avoids most mistakes of a guess. Judge yourself what a mistake costs you.",
    promising: "It has surely learnt something, but still errs often. More pictures, from other sides and in other light, help.",
    "not better than guessing": "Always giving the most frequent answer is about as good. Look whether the pictures show what tells the classes apart.",
  } as Record<string, string>,
  verdictFew: (n: number) => `${n} test pictures are too few to tell. From 30 on it can be judged: with about 200 pictures in all.`,
  teachReport: "Open the report",
  teachDownload: "Download the model",
  teachTry: "It is in use now: try it with the camera or a picture.",
  teachFailed: "Training did not succeed.",
  teachSaid: "It said:",
  teachStopped: "Stopped. Nothing was changed: the model from before is still in use.",
  teachLog: "Technical log",
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
  serverSays: (reason) => `El servidor dice (en inglés): ${reason}`,
  reasons: {
    empty: "El archivo está vacío.",
    not_a_picture: "Eso no es una imagen.",
    truncated: "La imagen está cortada: falta el final.",
    damaged: "La imagen está dañada.",
    too_many_pixels: "La imagen tiene demasiados píxeles.",
    heic: "Este servidor no lee HEIC.",
    unreadable: "La imagen no se puede leer.",
    too_large: "El archivo es demasiado grande para este servidor.",
    busy: "El servidor está ocupado. Inténtalo dentro de un momento.",
    timeout: "El envío tardó demasiado. Inténtalo de nuevo.",
    not_ready: "El servidor aún no está listo. Inténtalo dentro de un momento.",
    forbidden: "El servidor no lo permite desde esta página.",
    misdirected: "El servidor no conoce esta dirección. Ábrelo por la que mostró al arrancar.",
    internal: "El servidor falló; su registro dice por qué.",
    class_name: "Ese nombre no sirve: usa de 1 a 100 caracteres, sin / \\ : * ? \" < > | ni punto delante, y no train, test o val.",
    class_exists: "Ya hay una clase con ese nombre.",
    class_not_empty: "Esa clase tiene imágenes; solo se quita una vacía.",
    no_such_class: "Esa clase ya no existe. Vuelve a cargar la página.",
    empty_classes: "Hay demasiadas clases sin imágenes.",
    gone: "Esa imagen ya no existe. Vuelve a cargar la página.",
    not_taken_here: "Esa imagen no se tomó aquí; quítala a mano de la carpeta.",
    nothing_to_undo: "No hay nada que deshacer.",
    too_few_pictures: "Hay pocas imágenes: hacen falta dos clases con al menos 8 cada una.",
    training_goes_on: "Hay un entrenamiento en marcha. Espera o páralo.",
    untaught: "Aún no se ha entrenado nada.",
  },
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
  notReadThere: (name, reason) => `${name}: ${reason} Elige una imagen JPEG o PNG.`,

  answer: "La respuesta",
  waiting: "Enséñale algo: la respuesta aparece aquí.",
  loading: "Cargando el modelo …",
  probable: (share) => `${share} de probabilidad`,
  notSure: (share) => `No es seguro: solo ${share} de probabilidad`,
  spoken: (name, share, sure) => `${name}, ${share}${sure ? "" : ", no es seguro"}`,
  all: "Probabilidades por clase",
  where: "Dónde se calcula",
  browser: "Este navegador",
  server: "Servidor",
  both: "Ambos",
  details: "Detalles",
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

  teach: "Imágenes de cada clase",
  teachIntro: "Reúne imágenes de dos cosas o más y entrena. Todo queda en este equipo.",
  teachFolder: (folder) => `Se guardan en ${folder}`,
  teachCameraIntro: "Enciende la cámara; luego mantén pulsado el botón de una clase y mueve el objeto.",
  teachClassName: (n) => `Clase ${n}`,
  teachNameOf: (name) => `Nombre de la clase ${name}`,
  teachNameless: "Una clase necesita un nombre.",
  teachAddClass: "Añadir una clase",
  teachOf: (what, name) => `${what}: ${name}`,
  teachHold: "Mantén pulsado para tomar fotos",
  teachAddShown: "Añadir esta imagen",
  teachCamera: "Usar la cámara",
  teachFiles: "Elegir archivos",
  teachMore: (n) => `y ${n} más`,
  teachRemove: (file, name) => `Quitar la imagen ${file} de ${name}`,
  teachCount: (n) => (n === 1 ? "1 imagen" : `${n} imágenes`),
  teachDrop: (name) => `Quitar la clase ${name}`,
  teachUndo: "Deshacer la última imagen",
  teachUndone: (name) => `Retirada de ${name}.`,
  teachTime: "Tiempo para entrenar",
  minutes: (n) => (n === 1 ? "1 minuto" : `${n} minutos`),
  teachTrain: "Entrenar",
  teachStop: "Parar",
  teachNeeds: "Para entrenar hacen falta dos clases con al menos 8 imágenes cada una.",
  teachReady: "Se puede entrenar.",
  teachVary:
    "Toma cada clase al menos cinco veces, desde otros lados y con pausas: así se apartan tomas enteras para la prueba. Mientras tanto, el acierto puede ser demasiado optimista.",
  teachRunning: "Entrenando",
  teachSteps: [["reading", "Lee y revisa las imágenes"], ["running", "Entrena redes y las compara"],
    ["finishing", "Prueba la mejor y la prepara para el navegador"]],
  teachAbout: (spent, all) => `${spent} de unos ${all}`,
  teachResult: "Qué tal funciona",
  teachDone: (right, n, low, high) =>
    `Acierta ${right} de ${n} imágenes que nunca había visto. De otras como estas acertaría del ${low} al ${high} (intervalo del 95\u00a0%).`,
  teachDoneUntested: "No quedaron imágenes para probarlo.",
  verdicts: {
    "good for use": "apto para usarlo", promising: "prometedor",
    "not better than guessing": "no mejor que adivinar", "cannot be judged": "no se puede juzgar",
  },
  verdictWhy: {
    "good for use": "Incluso en el extremo bajo del intervalo evita la mayoría de los errores de quien adivina. Juzga tú cuánto te cuesta un error.",
    promising: "Seguro que ha aprendido algo, pero aún falla a menudo. Ayudan más imágenes, desde otros lados y con otra luz.",
    "not better than guessing": "Responder siempre la clase más frecuente acierta casi lo mismo. Mira si las imágenes muestran lo que distingue las clases.",
  },
  verdictFew: (n) => `${n} imágenes de prueba son pocas para saberlo. A partir de 30 se puede juzgar: con unas 200 imágenes en total.`,
  teachReport: "Abrir el informe",
  teachDownload: "Descargar el modelo",
  teachTry: "Ya está en uso: pruébalo con la cámara o con una imagen.",
  teachFailed: "El entrenamiento no salió bien.",
  teachSaid: "Dijo (en inglés):",
  teachStopped: "Parado. Nada ha cambiado: el modelo anterior sigue en uso.",
  teachLog: "Registro técnico (en inglés)",
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
